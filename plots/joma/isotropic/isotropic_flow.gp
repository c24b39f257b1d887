# The flow of (v, xi): components, and ‖v‖ with xi.
set terminal svg size 1100,540 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set xlabel "time t" offset 0,0.3
stats "trajectory.csv" using "component" nooutput
d = int(STATS_max)
shown = d < 8 ? d : 8
set title sprintf("(a) components of v, activation %s", written(P_activation))
set ylabel "component v_j"
set key above
set tmargin 6 # one height for both panels, whatever the key needs
plot for [j = 0:shown - 1] "trajectory.csv" every d + 1::j using "t":"value" with linespoints lt j + 1 pt 2*j + 4 pointinterval -12 title sprintf("v_{%d}", j + 1), \
     for [j = 0:shown - 1] "trajectory.csv" every d + 1::j using "t":"frozen" with lines lt j + 1 lw 1.5 dt 3 notitle, \
     NaN with lines lw 1.5 dt 3 lc rgb "black" title "ξ frozen"
set title "(b) ‖v‖ and ξ"
set ylabel "‖v‖, ξ"
set key above
plot "flow.csv" using "t":"norm" with lines lt 1 title "‖v‖", \
     "flow.csv" using "t":"xi" with lines lt 2 dt 2 title "ξ"
unset multiplot
