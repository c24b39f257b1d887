close(a, b) = abs(a*b - 1) < 1e-9
set terminal svg size 860,720 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot
unset colorbox
shade(i) = |L_ratios| > 1 ? 0.93*(i-1)/(|L_ratios|-1.0) : 0
set lmargin 12
set rmargin 16
set logscale x
set format x ""
set xrange [1e-2:*]
stats "curves.csv" using "K" name "K" nooutput
set size 1,0.5
set origin 0,0.48
set bmargin 1
set yrange [0:*]
set ylabel "force γ"
set title sprintf("authors' data, K = %d", K_mean)
set key at screen 0.985,0.93 right title "η_Y/η_Z" samplen 1.5
plot "curves.csv" using "scaled_time":(column("eta_z_over_eta_y") == 0 ? column("gamma") : NaN) with lines lt 7 dt 2 lw 3 title "∞", \
     for [i=1:|L_ratios|] "" using "scaled_time":(close(column("eta_z_over_eta_y"), L_ratios[i]) ? column("gamma") : NaN) with lines lw 2 lc palette frac shade(i) title sprintf("%g", L_ratios[i])
set origin 0,0
set bmargin 3.5
set tmargin 0.5
unset title
unset key
set logscale y
set yrange [1e-6:20]
set format y "10^{%L}"
set format x "10^{%L}"
set xlabel "η_Y t / K"
set ylabel "growth of the gain, dB_n/d ln t"
plot for [i=1:|L_ratios|] "curves.csv" using "scaled_time":(close(column("eta_z_over_eta_y"), L_ratios[i]) ? column("B_slope") : NaN) with lines lw 2 lc palette frac shade(i)
unset multiplot
