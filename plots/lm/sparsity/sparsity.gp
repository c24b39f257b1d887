# Ranks of gradients and weights, sparsity of attention and of hidden units over training.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
n = int(P_layers)
layer(l) = sprintf("layer %d", l + 1)
set style data linespoints
set multiplot layout 2,2
set bmargin 4
set key outside right center
set xlabel "minibatch + 1"
set logscale x
set xrange [1:*] noextend
set yrange [0:*]
kinds = "query key value output mlp.up mlp.down"
of(k, c) = (strstrt(strcol("matrix"), "layers.0.") && strstrt(strcol("matrix"), word(kinds, k)) ? column(c)/column("dimension") : NaN)
set datafile missing NaN
set title "(a) gradients, lowest layer"
set ylabel "stable rank over the largest possible"
plot for [k = 1:6] "matrix.csv" using (column("minibatch") + 1):(of(k, "gradient_stable_rank")) linetype k title word(kinds, k), \
     for [k = 1:5:4] "matrix.csv" using (column("minibatch") + 1):(of(k, "noise")) with lines linetype k dashtype 3 title "noise, ".word(kinds, k)
set title "(b) weights, lowest layer"
plot for [k = 1:6] "matrix.csv" using (column("minibatch") + 1):(of(k, "stable_rank")) linetype k title word(kinds, k)
set yrange [0:1]
set title "(c) attention"
set ylabel "share"
plot for [l = 0:n - 1] "attention.csv" using (column("minibatch") + 1):"keys90" every n::l linetype l + 1 title layer(l).": keys", \
     for [l = 0:n - 1] "attention.csv" using (column("minibatch") + 1):"heavy" every n::l linetype l + 1 dashtype 2 title layer(l).": heavy"
set title "(d) active hidden units"
set ylabel "share of the units"
plot for [l = 0:n - 1] "hidden.csv" using (column("minibatch") + 1):"active" every n::l linetype l + 1 title layer(l), \
     for [l = 0:n - 1] "hidden.csv" using (column("minibatch") + 1):"units95" every n::l linetype l + 1 dashtype 2 title layer(l).": 95 %"
unset multiplot
