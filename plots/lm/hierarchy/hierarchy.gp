# Correlation with the best units against the step, a colour a level; the loss beside it.
set terminal svg size 1060,480 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2 margins 0.075,0.98,0.13,0.91 spacing 0.09,0.1
stats "average.csv" using "level" nooutput
levels = int(STATS_max) + 1
# Step 0 stands at 0.5 of the logarithmic axis.
at(t) = t > 0 ? t : 0.5
array control[levels]
do for [k = 1:levels] {
    stats "table1.csv" using (column("level") == k - 1 && stringcolumn("measure") eq "centred" ? column("control") : NaN) nooutput
    control[k] = STATS_mean
}
set logscale x
set xlabel "minibatch (0 at the left edge)"
set format x "10^{%T}"
set xrange [0.5:(P_steps > 0 ? P_steps : 1)]

set title "(a) Latents and their best units, means removed"
set ylabel "mean correlation over a level's latents"
set yrange [0.3:1]
set key bottom right
row(k) = column("level") == k - 1 ? column("centred") : NaN
if (P_seeds > 1) {
    plot for [k = 1:levels] "average.csv" using (at(column("step"))):(row(k) - column("centred_sd")):(row(k) + column("centred_sd")) \
             with filledcurves linetype k fillstyle transparent solid 0.15 noborder notitle, \
         for [k = 1:levels] "average.csv" using (at(column("step"))):(row(k)) with linespoints linetype k pointtype 2*k + 2 title sprintf("level %d, block %d", k - 1, k - 1), \
         for [k = 1:levels] control[k] with lines linetype k dashtype 2 linewidth 1.2 title (k == levels ? "untrained networks" : "")
} else {
    plot for [k = 1:levels] "average.csv" using (at(column("step"))):(row(k)) with linespoints linetype k pointtype 2*k + 2 title sprintf("level %d, block %d", k - 1, k - 1), \
         for [k = 1:levels] control[k] with lines linetype k dashtype 2 linewidth 1.2 title (k == levels ? "untrained networks" : "")
}

set title sprintf("(b) Loss, mean over %d seed%s", P_seeds, P_seeds > 1 ? "s" : "")
set ylabel "loss (nat)"
set logscale y
set format y "10^{%T}"
set yrange [*:*]
unset key
plot "average.csv" using (at(column("step"))):(column("level") == 0 ? column("loss") : NaN) with lines linetype 7
unset multiplot
