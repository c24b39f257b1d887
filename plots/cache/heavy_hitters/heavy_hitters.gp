# The excess against the keys kept, with BOS and without; accumulated attention by rank.
set terminal svg size 1200,480 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
names = "h2o sink recent random least tova keynorm oracle mean"
kind(n, t, y) = strcol("policy") eq word(names, n) && strcol("trained") eq t && column("seed") == L_seeds[1] ? y : NaN
set xlabel "keys kept, in training lengths"
set ylabel "excess of the loss (nat)"
set key top right
set xrange [0:0.9]
set title "(a) trained with BOS first"
plot for [n = 1:9] "losses.csv" using (column("budget") * (0.88 + 0.024 * n)):(kind(n, "bos", column("excess"))):(2 * column("error")) with yerrorbars lt n pt n + 4 ps 0.8 title written(word(names, n))
set title "(b) control: without"
if (P_control eq "true") { plot for [n = 1:9] "losses.csv" using (column("budget") * (0.88 + 0.024 * n)):(kind(n, "plain", column("excess"))):(2 * column("error")) with yerrorbars lt n pt n + 4 ps 0.8 title written(word(names, n)) } else { set multiplot next }
set title "(c) accumulated attention, with BOS"
set xlabel "rank of the key"
set ylabel "share of the queries' attention"
set xrange [*:*]
set logscale xy
of(l, y) = strcol("trained") eq "bos" && column("layer") == l ? y : NaN
plot for [l = 0:int(P_layers) - 1] "accumulated.csv" using "rank":(of(l, column("mass"))) with linespoints lt l + 1 pt 2*l + 5 ps 0.5 title sprintf("layer %d", l)
unset multiplot
