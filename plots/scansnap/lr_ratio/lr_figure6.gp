n = |L_num_last|
of(i, j, y) = column("num_last") == L_num_last[i] && column("lr_z") == L_lr_z[j] ? y : NaN
stats "figure6.csv" using "mean" name "Y" nooutput
stats "figure6.csv" using "sd" name "D" nooutput
stats "figure6.csv" using "lr_ratio" name "X" nooutput
low = floor((Y_min - D_max)*10)/10.
set datafile missing NaN
set terminal svg size 320+260*n,470 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,n margins screen 75.0/(320+260*n), screen 1-130.0/(320+260*n), screen 0.14, screen 0.9 spacing 0.02
set logscale x
set xrange [X_min/1.3:X_max*1.3]
set yrange [low:2.2]
set xtics (1, 2, 5, 10, 20, 50, 100) # the paper's ratios
set xlabel "η_Y/η_Z"
# What the paper has no number of lies below the axis: gnuplot warns of a curve without points.
printed(y) = strlen(strcol("published_mean")) ? y : -9
do for [i=1:n] {
    set title "L = ".sprintf("%g", L_num_last[i])
    if (i == 1) { set ylabel "average entropy of c_n, distinct tokens (nat)"; set format y "%.1f" } else { unset ylabel; set format y "" }
    if (i == n) { set key at screen 0.985,0.88 right title "η_Z" samplen 1.5 } else { unset key }
    plot for [j=1:|L_lr_z|] "figure6.csv" using (column("lr_ratio")*1.02**(j-(|L_lr_z|+1)/2.)):(of(i, j, column("mean"))):(column("sd")) with yerrorlines lt j pt 7 ps 0.6 title sprintf("%g", L_lr_z[j]), \
         for [j=1:|L_lr_z|] "" using (column("lr_ratio")*1.02**(j-(|L_lr_z|+1)/2.+0.8)):(of(i, j, printed(column("published_mean")))):(strlen(strcol("published_sd")) ? column("published_sd") : 0) with yerrorlines lt j dt 3 pt 6 ps 0.6 notitle, \
         keyentry with lines lt 8 dt 3 title "authors"
}
unset multiplot
