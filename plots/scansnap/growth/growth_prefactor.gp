sets = "1-1-1 5-1-1 10-1-1 5-3-2 10-10-2 10-10-1"
of(i, m, y) = strcol("data") eq word(sets, i) && strcol("model") eq m ? y : NaN
set logscale xy
set format x "10^{%L}"
set xlabel "internal time σ (ρ = 1)"
set ylabel "dB_n/d ln σ"
set yrange [0.05:20]
set key below height 1 maxcols 3 samplen 2
# D distinct and G common tokens a class, N classes a last token
part(s, k) = k == 1 ? s[1:strstrt(s, "-") - 1] : part(s[strstrt(s, "-") + 1:*]."-", k - 1)
named(s) = sprintf("D = %s, G = %s, N = %s", part(s, 1), part(s, 2), part(s, 3))
set title "solid: coupled flow; dashed: quasi-static decoder; dotted: predicted"
plot for [i=1:words(sets)] "late.csv" using "sigma":(of(i, "coupled", column("local"))) with linespoints lt i lw 2.5 pt 2*i + 2 ps 0.9 pointinterval -8 title named(word(sets, i)), \
     for [i=1:words(sets)] "" using "sigma":(of(i, "qsd", column("local"))) with lines lt i dt 2 notitle, \
     for [i=1:words(sets)] "" using "sigma":(of(i, "coupled", column("sigma") > 30 ? column("predicted") : NaN)) with lines lt i lw 1 dt 3 notitle, \
     for [i=1:words(sets)] "" using "sigma":(of(i, "qsd", column("sigma") > 30 ? column("predicted") : NaN)) with lines lt i lw 1 dt 3 notitle, \
     0.5 with lines lt 8 dt 4 title "Theorem 4"
