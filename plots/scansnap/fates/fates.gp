# Early law, the two counterexamples, random sets.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
set multiplot layout 2,2
set title "(a) early law and flow, all sets"
set xlabel "predicted (dz/dt) / (η_Y η_Z t)"
set ylabel "flow at η_Y t = 10^{-3}"
set format x "%g"
set key top left
kind(k) = strcol("kind") eq k ? column("measured") : NaN
set xtics 0.02
plot "early.csv" using "predicted":(kind("distinct")) with points pt 6 ps 0.7 lc rgb "#0072b2" title "distinct", \
     "" using "predicted":(kind("common")) with points pt 4 ps 0.7 lc rgb "#d55e00" title "common", \
     x with lines lt 8 dt 2 title "equal"
set xtics auto
set logscale x
set format x "10^{%L}"
set xlabel "time t"
set title "(b) commons that depend on the class (η_Y = 5)"
set ylabel "attention logit z"
set key bottom left
in(d) = strcol("data") eq d
one(k, l) = in("growing-common") && column("class") == 0 && strcol("kind") eq k && (l < 0 || column("token") == l) ? column("z") : NaN
set style data lines
plot "cases.csv" using "t":(one("common", 0)) with points pt 7 ps 0.5 lc rgb "#d55e00" notitle, \
     "" using "t":(one("common", 1)) with points pt 7 ps 0.4 lc rgb "#e69f00" notitle, \
     "" using "t":(one("distinct", 2)) with points pt 7 ps 0.4 lc rgb "#0072b2" notitle, \
     keyentry with linespoints pt 7 ps 1.1 lw 2 lc rgb "#d55e00" title "common, favoured by the class", \
     keyentry with linespoints pt 7 ps 1.1 lw 2 lc rgb "#e69f00" title "common, favoured by the other", \
     keyentry with linespoints pt 7 ps 1.1 lw 2 lc rgb "#0072b2" title "distinct"
set title "(c) distinct tokens that end by shrinking"
set key bottom left
declining(e) = in("declining-distinct") && column("class") == 0 && column("token") == 1 && column("eta_y") == e ? column("z") : NaN
spaces(s) = (strstrt(s, ",") == 0) ? s : s[1:strstrt(s, ",")-1]." ".spaces(s[strstrt(s, ",")+1:*])
rates = spaces(P_decline_rates)
set yrange [-0.05:0.01]
if (words(rates) > 0) { plot for [i = 1:words(rates)] "cases.csv" using "t":(declining(real(word(rates, i)))) with points pt 7 ps 0.3 lc i notitle, \
     for [i = 1:words(rates)] keyentry with linespoints pt 7 ps 1.1 lw 2 lc i title "η_Y/η_Z = ".word(rates, i), \
     0 with lines lt 8 lw 1 notitle } else { eval nothing }
unset logscale x
set format x "%g"
set yrange [0:1.05]
set title "(d) random sets with a growing common token"
set xlabel "sd of the commons' log-weights"
set ylabel "share of the sets"
set key bottom right
if (P_random_sets > 0 && exists("L_sds")) {
plot "random.csv" using "sd":(column("growing") > 0 ? 1 : 0) smooth unique with linespoints lt 1 pt 7 title sprintf("%d sets each", P_random_sets)
}
unset multiplot
