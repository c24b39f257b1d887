# The excess against the share kept, and unions over batches; one colour a network.
set terminal svg size 1100,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
# Rows of other curves are passed over, not gaps in this one.
set datafile missing NaN
set multiplot layout 1,2
names = "swiglu relu model"
kind(n, part, choose, y) = strcol("network") eq word(names, n) && strcol("part") eq part && strcol("choose") eq choose ? y : NaN
set title "(a) hidden units kept"
set xlabel "share of the hidden units"
set ylabel "excess of the loss (nat)"
set logscale x
set xrange [0.04:1.1]
set xtics (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1)
set yrange [-0.05:*]
set key top right
first = P_model eq "" ? 1 : 3
last = P_model eq "" ? 2 : 3
plot for [n = first:last] "shares.csv" using "share":(kind(n, "mlp", "contextual", column("excess"))):(2 * column("error")) with yerrorlines lt n pt 7 ps 0.7 title written(word(names, n))." contextual", \
     for [n = first:last] "" using "share":(kind(n, "mlp", "static", column("excess"))):(2 * column("error")) with yerrorlines lt n dt 2 pt 5 ps 0.7 title written(word(names, n))." static", \
     for [n = first:last] "" using "share":(kind(n, "mlp", "random", column("excess"))):(2 * column("error")) with yerrorlines lt n dt 3 pt 9 ps 0.7 title written(word(names, n))." random"
set title sprintf("(b) union over a batch, each token %g", P_batch_share)
set xlabel "tokens of the batch"
set ylabel "share of the hidden units"
set xrange [0.9:*]
set xtics auto
set yrange [0:1.05]
set key bottom right
of(n, y) = strcol("network") eq word(names, n) ? y : NaN
plot for [n = first:last] "unions.csv" using "batch":(of(n, column("share"))) with linespoints lt n pt 7 ps 0.7 title written(word(names, n)), \
     "" using "batch":(of(first, column("independent"))) with lines lt 8 dt 2 title "independent sets"
unset multiplot
