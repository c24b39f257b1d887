K = L_classes[1 + |L_classes|/2]
is(m, k, r) = strcol("model") eq m && column("K") == k && column("ratio") == r
set logscale xy
set format "10^{%L}"
set xlabel "η_Y t / K"
set ylabel "spread over the distinct tokens, (max - min)/mean"
set yrange [1e-14:1e3]
set ytics 1e2
set title sprintf("K = %g. Lines: ξ_{nl}, coupled flow. Points: (1 - e^{-2z_l})/p_l^2, quasi-static decoder", K)
set key outside right top title "η_Y/η_Z" samplen 1.5
plot for [i=1:|L_ratios|] "gain.csv" using "scaled_time":(is("coupled", K, L_ratios[i]) ? column("xi_spread") : NaN) with lines lt i title sprintf("%g", L_ratios[i]), \
     for [i=1:|L_ratios|] "" using "scaled_time":(is("qsd", K, L_ratios[i]) ? column("I_spread") : NaN) with points lt i pt 7 ps 0.35 notitle
