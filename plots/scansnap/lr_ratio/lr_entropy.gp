n = |L_entropy_ratios|
of(i, y) = column("ratio") == L_entropy_ratios[i] ? y : NaN
shade(i) = n > 1 ? 0.93*(i-1)/(n-1.0) : 0
unset colorbox
set logscale x
set format x "10^{%L}"
set xlabel "η_Y t / K"
set ylabel "entropy of c_n  (nat)"
set title sprintf("flow, K = %d, N = %d. Solid: whole support; dashed: distinct tokens, renormalised", P_flow_classes, P_flow_per_last)
set key outside right top title "η_Y/η_Z" samplen 1.5
plot for [i=1:n] "time.csv" using "scaled_time":(of(i, column("entropy_support"))) with lines lw 2 lc palette frac shade(i) title sprintf("%g", L_entropy_ratios[i]), \
     for [i=1:n] "" using "scaled_time":(of(i, column("entropy_distinct"))) with lines lw 2 dt 2 lc palette frac shade(i) notitle
