set terminal svg size 1100,820 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 2,2
set bmargin 4

set title "(a) stable rank of the gradients: a transformer"
set xlabel "updates"
set ylabel "stable rank of G, |G|_F^2 / |G|_2^2"
set logscale y
set yrange [0.9:40]
set key top right maxrows 4 samplen 1.2 font ",11"
kinds = "query key value output gate up down"
of(k, y) = strcol("kind") eq word(kinds, k) ? y : NaN
plot for [k=1:7] "maps.csv" using (of(k, column("step"))):"stable_rank" with points lt k pt int(word("7 5 9 13 11 4 8", k)) ps 0.8 title word(kinds, k), \
     "looks.csv" using "step":"shuffled_rank" with points lt 8 pt 6 ps 0.8 title "shuffled"

set title sprintf("(b) energy in r = %d directions, overlap of subspaces", P_rank)
set ylabel "share"
unset logscale y
set yrange [0:1.35]
set key top right maxrows 2 samplen 1.2 font ",11"
plot "looks.csv" using "step":"energy" with points lt 1 pt 7 title "energy", \
     "" using "step":"shuffled_energy" with points lt 1 pt 6 title "energy, shuffled", \
     "" using "step":"overlap" with points lt 2 pt 7 title "overlap", \
     "" using "step":"shuffled_overlap" with points lt 2 pt 6 title "overlap, shuffled"

set title "(c) JoMA's network: stable rank"
set xlabel "steps"
set ylabel "stable rank of G, |G|_F^2 / |G|_2^2"
set yrange [0:6]
set key bottom left Left reverse samplen 2.5 font ",11"
if (S_half_time == S_half_time) {
    set arrow 1 from S_half_time, 0 to S_half_time, 5.2 nohead dashtype 3 lc rgb "#888888"
    set label 1 "loss halved" at S_half_time, 5.4 center font ",11"
}
plot "join.csv" using "step":"stable_rank" with lines lt 1 lw 2 title "the network's gradient", \
     "" using "step":"joma_rank" with lines lt 2 lw 2 dashtype 4 title "JoMA's flow, Δ fixed", \
     "" using "step":"lemma_rank" with lines lt 3 lw 2 dashtype 5 title "GaLore's lemma", \
     "" using "step":"shuffled_rank" with lines lt 8 lw 1 dashtype 2 title "shuffled"

set title "(d) JoMA's network: who tells its gradient"
set ylabel "angle to the network's gradient (degrees)"
set yrange [0:90]
set key top left Left reverse
unset label 1
unset arrow 1
degrees(c) = c == c ? acos(c < 1 ? c : 1)*180/pi : NaN
plot "join.csv" using "step":(degrees(column("still_cosine"))) with lines lt 8 dashtype 2 title "the gradient at the start", \
     "" using "step":(degrees(column("joma_cosine"))) with lines lt 2 lw 2 dashtype 4 title "JoMA's flow, Δ fixed", \
     "" using "step":(degrees(column("lemma_cosine"))) with lines lt 3 lw 2 dashtype 5 title "GaLore's lemma"
unset multiplot
