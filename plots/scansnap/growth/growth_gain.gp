n = |L_ratios|
of(i, y) = column("ratio") == L_ratios[i] ? y : NaN
shade(i) = n > 1 ? 0.93*(i-1)/(n-1.0) : 0
unset colorbox
set logscale xy
set format "10^{%L}"
set xlabel "η_Y t / K"
set ylabel "gain B_n"
set yrange [1e-8:1e3]
set title sprintf("authors' data, L = %d, N = %d", P_num_last, P_num_next_per_last)
set key outside right top title "η_Y/η_Z" samplen 1.5
plot for [i=1:n] "curves.csv" using "scaled_time":(of(i, column("early"))) with lines lw 1 dt 2 lc palette frac shade(i) notitle, \
     for [i=1:n] "" using "scaled_time":(of(i, column("B"))) with lines lw 2.5 lc palette frac shade(i) title sprintf("%g", L_ratios[i]), \
     "" using "scaled_time":(of(1, column("printed"))) with lines lw 2 dt 3 lc palette frac shade(1) title "Eq. 131, ".sprintf("%g", L_ratios[1]), \
     "" using "scaled_time":(of(n, column("printed"))) with lines lw 2 dt 3 lc palette frac shade(n) title "Eq. 131, ".sprintf("%g", L_ratios[n])
