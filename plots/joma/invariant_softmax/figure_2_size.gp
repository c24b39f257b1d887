# What the correlation does not show: the estimate's amplitude and error, by form of the second term.
set terminal svg size 900,720 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
of(name, what) = strcol("case") eq name && strcol("gradient") eq P_loss ? column(what) : NaN
last = P_steps - 1
tick = 10 ** floor(log10(last)); if (last / tick < 3) { tick = tick / 2 }
set multiplot layout 2,2
do for [c = 1:2] {
    name = word("gaussian random", c)
    set xlabel "iteration"; set xrange [0:last]; set xtics tick; set logscale y; set key top left
    set title name." X: amplitude"
    set ylabel "slope of ẑ on z"
    set yrange [0.5:100]
    plot 1 with lines lw 1 lc rgb "#777777" notitle, \
         "means.csv" using (of(name, "iteration")):(of(name, "slope_printed")) with lines lt 4 dt 2 title "the slide (no 1/2)", \
         "" using (of(name, "iteration")):(of(name, "slope")) with lines lt 1 title "constant mean attention", \
         "" using (of(name, "iteration")):(of(name, "slope_moving")) with lines lt 6 dt 4 title "moving mean attention", \
         "" using (of(name, "iteration")):(of(name, "slope_exact")) with lines lt 3 dt 3 title "exact second term"
    set title name." X: error"
    set ylabel "relative error |ẑ - z|/|z|"
    set format y "10^{%L}"
    set yrange [1e-3:1e5]
    plot "means.csv" using (of(name, "iteration")):(of(name, "error_printed")) with lines lt 4 dt 2 title "the slide (no 1/2)", \
         "" using (of(name, "iteration")):(of(name, "error")) with lines lt 1 title "constant mean attention", \
         "" using (of(name, "iteration")):(of(name, "error_moving")) with lines lt 6 dt 4 title "moving mean attention", \
         "" using (of(name, "iteration")):(of(name, "error_exact")) with lines lt 3 dt 3 title "exact second term"
    unset format y
    unset logscale y
}
unset multiplot
