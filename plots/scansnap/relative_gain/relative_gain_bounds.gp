set logscale xy
set format "10^{%L}"
set xlabel "gain B_n"
set ylabel "ln χ of the most probable distinct token"
set xrange [1e-6:*]
set yrange [1e-7:*]
set key top left reverse Left
set title sprintf("K = %s, N = %s: %d runs", P_bounds_classes, P_bounds_per_last, |L_bounds_ratios|*|L_bounds_classes|*|L_bounds_per_last|)
stats "bounds.csv" using (column("ln_lower")/column("B")) name "LOW" nooutput
plot 2*x with lines lt 7 dt 2 title "upper bound 2 B_n", \
     LOW_mean*x with lines lt 7 title "lower bound 2 f_l(0)^2 B_n", \
     for [i=1:|L_bounds_ratios|] "bounds.csv" using "B":(column("ratio") == L_bounds_ratios[i] ? column("ln_chi") : NaN) with points lt i pt 2*i+2 ps 0.5 title sprintf("η_Y/η_Z = %g", L_bounds_ratios[i])
