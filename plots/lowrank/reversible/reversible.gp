set terminal svg size 1000,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2 margins 0.075,0.985,0.13,0.90 spacing 0.11,0.1
set title sprintf("(a) widths %s, %s, N = %d", P_widths, written(P_activation), P_N) noenhanced
set xlabel "t + 1 (steps)"
set ylabel "stable rank of G_l"
set logscale x
set format x "10^{%T}"
set xrange [1:S_t_stop + 1] noextend
stats "training.csv" using "layer" nooutput
layers = int(STATS_max)
stats "training.csv" using "sr_G" nooutput
top = STATS_max
if (P_loss eq "squared") {
    stats "training.csv" using "sr_frozen" nooutput
    top = STATS_max > top ? STATS_max : top
}
set yrange [0.9:1.2 * top + 0.1] # room for the key
set key top right horizontal maxcols 2
if (P_loss eq "squared" && layers > 1) {
    plot for [l = 1:layers] "training.csv" every layers::l - 1 using (column("t") + 1):"sr_G" \
             with linespoints linetype l pointtype 2*l + 2 pointinterval -9 title sprintf("l = %d", l), \
         for [l = 1:layers] "" every layers::l - 1 using (column("t") + 1):"sr_frozen" \
             with lines linetype l dashtype 2 linewidth 1.2 notitle, \
         NaN with lines linecolor rgb "black" dashtype 2 linewidth 1.2 title "frozen A, B, C"
} else {
    plot for [l = 1:layers] "training.csv" every layers::l - 1 using (column("t") + 1):"sr_G" \
         with linespoints linetype l pointtype 2*l + 2 pointinterval -9 title sprintf("l = %d", l)
}
set title sprintf("(b) softmax, K = %d", P_K)
set xlabel "standard deviation of the logits"
set ylabel "relative error of P y - P f/K"
set logscale xy
set format xy "10^{%T}"
set autoscale xy
set key bottom right
plot "softmax.csv" using "scale":"smallest":"largest" with filledcurves linecolor rgb "#cce3f2" title "range over draws", \
     "" using "scale":"error" with linespoints linetype 1 title "mean", \
     "" using "scale":"scale" with lines linetype 8 dashtype 3 title "first order"
unset multiplot
