# Delta of every token, the map over the spread of commons, and commons with unequal classes.
set terminal svg size 1200,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set title "Δ for node 0"
set xlabel "token"
set ylabel "Δ"
set key top right
set xrange [-1:P_num_common + 3*P_num_distinct]
set xzeroaxis
plot "tokens.csv" using (column("node") == 0 ? column("token") : NaN):"sampled":"error" with yerrorbars pt 7 ps 0.4 lt 2 title sprintf("contexts of %d tokens", P_length), \
     "tokens.csv" using (column("node") == 0 ? column("token") : NaN):"delta" with points pt 6 lt 1 title "exact"

set title "Commons that are not alike"
set xlabel "spread of the log-weights over the classes"
set ylabel "|Δ| of commons over distinct"
set logscale xy
set format xy "10^{%T}"
set xrange [*:*]
unset key
plot "spread.csv" using "common_sd":"ratio" with linespoints pt 7 ps 0.6

set title "Unequal classes, in training"
unset logscale
set format xy "%h"
set xlabel "t"
set ylabel "|Δ|"
set logscale y
set format y "10^{%T}"
set key top right
plot "course.csv" using "t":(strcol("classes") eq "unequal" ? column("common") : NaN) with lines lw 2 title "commons", \
     "course.csv" using "t":(strcol("classes") eq "unequal" ? column("distinct") : NaN) with lines lw 2 title "distinct"
unset multiplot
