# P(y_l=1|y_m=1) against H for rho = rho0, and the error of 1 - H/L.
set terminal svg size 1060,480 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
levels = P_curve_levels
stats "printed_error.csv" using "rho" nooutput
count = STATS_records
array rhos[count]
stats "printed_error.csv" using (rhos[int($0) + 1] = column("rho"), 0) nooutput

set title "(a) Trees of ".sprintf("%d", levels)." levels, ρ = ρ_0"
set xlabel "height H of the common ancestor"
set ylabel "P(y_l = 1 | y_m = 1)"
set xrange [0:levels - 1]
set yrange [0:1.02]
set key bottom left
plot for [i = 1:count] "curves.csv" using (column("H")):(column("rho") == rhos[i] ? column("formula") : NaN) with linespoints lt i pt 2*i + 2 ps 0.7 title sprintf("ρ = %g", rhos[i]), \
     1 - x/levels with lines lw 2 dt 2 lc rgb "black" title "printed, 1 - H/L"

set title "(b) Error of 1 - H/L"
set xlabel "L (1 - ρ)"
set ylabel "max_H |P - (1 - H/L)|"
set logscale xy
set format xy "10^{%T}"
set xrange [*:*]
set offsets graph 0.05, graph 0.05, 0, 0
set yrange [*:1.5]
set key top left
plot "printed_error.csv" using "scale":"largest" with points pt 7 ps 1 lt 1 title "measured", \
     x/2 with lines dt 2 lc rgb "black" title "bound, L (1 - ρ)/2"
unset multiplot
