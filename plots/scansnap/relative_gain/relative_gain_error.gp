K = L_classes[1 + |L_classes|/2]
stats "expansion.csv" using "ln_r" name "R" nooutput
stats "expansion.csv" using "ln_chi" name "C" nooutput
set logscale xy
set format "10^{%L}"
set xrange [1e-4:10]
set yrange [1e-6:1]
set xlabel "gain of the most probable distinct token, ln χ = 2 z_l"
set ylabel "largest |ln(r/r_0)/ln χ - 1| over its partners"
set key top left reverse Left title "η_Y/η_Z"
set title sprintf("coupled flow, K = %g: error of r(t) = r(0) χ(t)", K)
plot for [i=1:|L_ratios|] "gain.csv" using "ln_chi":(strcol("model") eq "coupled" && column("K") == K && column("ratio") == L_ratios[i] ? column("r_error") : NaN) with points lt i pt 2*i+2 title sprintf("%g", L_ratios[i]), \
     abs(R_mean)/C_mean * x with lines lt 7 dt 2 title "first order"
