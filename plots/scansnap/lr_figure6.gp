spaces(s) = (strstrt(s, ",") == 0) ? s : s[1:strstrt(s, ",")-1]." ".spaces(s[strstrt(s, ",")+1:*])
lasts = spaces(P_num_last)
rates = spaces(P_lr_z)
n = words(lasts)
of(i, j, y) = column("num_last") == real(word(lasts, i)) && column("lr_z") == real(word(rates, j)) ? y : NaN
stats "figure6.csv" using "mean" name "Y" nooutput
stats "figure6.csv" using "sd" name "D" nooutput
stats "figure6.csv" using "lr_ratio" name "X" nooutput
low = floor((Y_min - D_max)*10)/10.
set datafile missing NaN
set terminal svg size 300+260*n,470 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,n margins screen 75.0/(300+260*n), screen 1-110.0/(300+260*n), screen 0.14, screen 0.9 spacing 0.02
set logscale x
set xrange [X_min/1.3:X_max*1.3]
set yrange [low:2.2]
set xtics (1, 2, 5, 10, 20, 50, 100)
set xlabel "η_Y/η_Z"
do for [i=1:n] {
    set title "L = ".word(lasts, i)
    if (i == 1) { set ylabel "average entropy of c_n, distinct tokens"; set format y "%.1f" } else { unset ylabel; set format y "" }
    if (i == n) { set key at screen 0.985,0.88 right title "η_Z" samplen 1.5 } else { unset key }
    plot for [j=1:words(rates)] "figure6.csv" using (column("lr_ratio")*1.02**(j-(words(rates)+1)/2.)):(of(i, j, column("mean"))):(column("sd")) with yerrorlines lt j pt 7 ps 0.6 title word(rates, j)
}
unset multiplot
