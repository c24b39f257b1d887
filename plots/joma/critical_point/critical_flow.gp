# The squared-loss flow and the critical point that it reaches.
set terminal svg size 1100,540 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
stats "trajectory.csv" using "component" nooutput
d = int(STATS_max)
shown = d < 7 ? d : 7
set xlabel "time t" offset 0,0.3
set ylabel "v_j, ξ"
set title "(a) squared loss, ReLU (dotted: critical point)"
set key above
set tmargin 6 # one height for both panels, whatever the key needs
array goal[8] # v* in 1 ... 7, xi* in 8
do for [j = 1:8] { goal[j] = NaN }
if (S_best_cosine == S_best_cosine) { stats "state.csv" using (strcol(1) eq "v_star" && column("index") < 7 ? (goal[int(column("index")) + 1] = column("value"), 0) : 0) nooutput }
if (S_best_cosine == S_best_cosine) { stats "state.csv" using (strcol(1) eq "xi_star" ? (goal[8] = column("value"), 0) : 0) nooutput }
plot for [j = 0:shown - 1] "trajectory.csv" every d + 1::j using "t":"value" with linespoints lt j + 1 pt 2*j + 4 pointinterval -12 title sprintf("v_{%d}", j + 1), \
     "trajectory.csv" every d + 1::d using "t":"value" with lines lt 8 title "ξ", \
     for [j = 0:shown - 1] goal[j + 1] with lines lt j + 1 lw 1.5 dt 3 notitle, \
     goal[8] with lines lt 8 lw 1.5 dt 3 notitle
set title "(b) direction of the critical v"
set xlabel "cluster c" offset 0,0.3
set ylabel "cosine"
set yrange [-1.2:1.2]
if (S_best_cosine == S_best_cosine) {
    stats "cosines.csv" using "cluster" nooutput
    clusters = int(STATS_records)
    set xrange [0.5:clusters + 0.5]
    set xtics 1
    plot 0 with lines lw 1 lc rgb "#444444" notitle, \
         "cosines.csv" using (column("cluster") + 1):"centre" with points lt 2 pt 7 ps 1.2 title "with centre c", \
         "cosines.csv" using (column("cluster") + 1):"difference" with points lt 1 pt 9 ps 1.4 title "with centre 1 - centre c"
} else {
    set xrange [0:1]
    plot 0 with lines lw 1 lc rgb "#444444" title "no critical point from this start"
}
unset multiplot
