# Right answers by policy: asked often, the others.
set terminal svg size 860,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set ylabel "share of right answers"
set yrange [0:1.45]
set ytics 0,0.2,1
set style fill solid 0.85 noborder
set boxwidth 0.35
set key top right
set xrange [-0.6:7.6]
guess = 1.0 / P_values
first(y) = column("seed") == L_seeds[1] ? y : NaN
plot "accuracy.csv" using ($0 - 0.19):(first(column("hot"))) with boxes lt 1 title "asked often", \
     "" using ($0 + 0.19):(first(column("cold"))) with boxes lt 6 title "seldom", \
     "" using 0:(first(column("right"))):(2 * column("spread")):xtic(written(strcol(2))) with yerrorbars lt 7 pt 7 ps 0.6 title "all, two standard errors", \
     guess lt 2 dt 2 title "a guess"
