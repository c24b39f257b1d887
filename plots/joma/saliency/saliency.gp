# Delta of every token, the map over the spread of commons, and commons with unequal classes.
set terminal svg size 1200,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set title "(a) Δ for node 0"
set xlabel "token"
set ylabel "Δ"
set key top left reverse Left samplen 1.5
set offsets 0, 0, graph 0.2, 0
set xrange [-1:P_num_common + 3*P_num_distinct]
set xzeroaxis
plot "tokens.csv" using (column("node") == 0 ? column("token") : NaN):"sampled":"error" with yerrorbars pt 7 ps 0.4 lt 2 title sprintf("contexts of %d tokens", P_length), \
     "tokens.csv" using (column("node") == 0 ? column("token") : NaN):"delta" with points pt 6 lt 1 title "exact"

set title "(b) Commons that are not alike"
set xlabel "spread of the log-weights over the classes"
set ylabel "|Δ| of commons over that of distinct"
set logscale xy
set format xy "10^{%T}"
set xrange [*:*]
set offsets 0, 0, 0, 0
unset key
if (exists("L_common_sds")) { plot "spread.csv" using "common_sd":"ratio" with linespoints pt 7 ps 0.6 } else { eval nothing }

set title "(c) Unequal classes, in training"
unset logscale
set format xy "%h"
set xlabel "time t"
set ylabel "|Δ|"
set logscale y
set format y "10^{%T}"
set key top right noreverse Right
plot "course.csv" using "t":(strcol("classes") eq "unequal" ? column("common") : NaN) with lines lw 2 title "commons", \
     "course.csv" using "t":(strcol("classes") eq "unequal" ? column("distinct") : NaN) with lines lw 2 dt 2 title "distinct"
unset multiplot
