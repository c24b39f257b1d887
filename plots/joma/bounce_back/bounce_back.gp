# Theorem 4: components, logarithms, their ratio, entropy.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
stats "offsets.csv" using "component" nooutput
last = int(STATS_max)
n = last + 1
mu(j) = sprintf("μ = %.3g", real(system(sprintf("sed -n %dp offsets.csv | cut -d, -f2", j + 2))))
set style data lines
set multiplot layout 2,2
set bmargin 4
t_early = P_t_end/4

set title "(a) components approach μ, the largest first"
set xlabel "time t"
set ylabel "component v_j"
set key outside right center
set offsets 0, 0, graph 0.05, 0
set xrange [0:t_early]
plot for [j = 0:last] "flow.csv" using "t":"v" every n::j linetype j+1 title mu(j), \
     for [j = 0:last] "flow.csv" using "t":"v_exact" every 4*n::j with points pointtype 6 \
       pointsize 0.5 linecolor rgb "#000000" title (j == 0 ? "quadrature" : "")

set title "(b) ln(1/δ), δ = 1 - v/μ"
set ylabel "ln(1/δ_j)"
set xrange [0:P_t_end]
plot for [j = 0:last] "flow.csv" using "t":"log_ratio" every n::j linetype j+1 title mu(j)

set offsets 0, 0, 0, 0
set title "(c) of the largest |μ| over that of the smallest"
set ylabel "ratio"
set key inside bottom right
set xrange [0:P_t_end]
set yrange [0:*]
plot "course.csv" using "t":"slope_ratio" linetype 1 title "slopes of ln(1/δ)", \
     "course.csv" using "t":"log_ratio_ratio" linetype 2 dashtype 2 title "ln(1/δ) themselves"
set yrange [*:*]

set title "(d) entropy of the attention"
set ylabel "entropy (nat)"
set key top right
stats "course.csv" using "entropy" nooutput
least = STATS_max > STATS_min ? STATS_min : STATS_min - 0.1
set yrange [least - 0.05*(STATS_max - least):STATS_max + 0.05*(STATS_max - least)]
set xrange [0:t_early]
plot "course.csv" using "t":"entropy" linetype 1 notitle
unset multiplot
