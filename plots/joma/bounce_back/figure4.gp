# The authors' figure 4 in their layout, and what Euler steps and single precision change.
set terminal svg size 1200,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
stats "figure4_v.csv" using "component" nooutput
last = int(STATS_max)
n = last + 1
set style data lines
set multiplot layout 1,3
set bmargin 4
set xlabel "iteration"
set xrange [0:P_figure_steps]
set xtics P_figure_steps/5

set title "(a) components v and their μ (dotted)"
set ylabel "component v_j"
set cbrange [0:last]
unset colorbox
plot for [j = 0:last] "figure4_v.csv" using "iteration":"mu":(j) every n::j linecolor palette dashtype 3 linewidth 1 notitle, \
     for [j = 0:last] "figure4_v.csv" using "iteration":"v":(j) every n::j linecolor palette notitle

set title "(b) entropy of the attention"
set ylabel "entropy (nat)"
set key top right
set yrange [0.8:2.4]
set label 1 sprintf("least: %.4f at %d", S_figure_entropy_min, int(S_figure_iteration_min)) at S_figure_iteration_min, S_figure_entropy_min offset 2.5,0.3
plot "figure4.csv" using "iteration":"entropy" linetype 1 title "Euler, as published", \
     "figure4.csv" using "iteration":"entropy_flow" linetype 2 dashtype 2 title "flow", \
     S_figure_entropy_limit with lines linecolor rgb "#999999" dashtype 3 title "at v = μ"
unset label 1
set yrange [*:*]

set title "(c) what the figure's arithmetic changes"
set ylabel "difference in entropy (nat)"
set logscale y
set format y "10^{%L}"
set yrange [1e-9:1e-1]
set key top right
plot "figure4.csv" using "iteration":(abs(column("entropy")-column("entropy_flow"))) linetype 1 title "Euler - flow", \
     "figure4.csv" using "iteration":(abs(column("entropy")-column("entropy_single"))) linetype 2 title "double - single precision"
unset multiplot
