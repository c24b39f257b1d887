# The excess against the share kept, by who chooses; recall by layer and the residual's cosine.
set terminal svg size 1100,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
network = P_model eq "" ? "swiglu" : "model"
choices = "contextual static random predictor predictor-ahead"
said = "'for each token, by the oracle' 'once for all' random predictor 'predictor, a layer ahead'"
kind(c, y) = strcol("network") eq network && strcol("choose") eq word(choices, c) ? y : NaN
set title sprintf("(a) %s: who chooses", written(network))
set xlabel "share of the hidden units"
set ylabel "excess of the loss (nat)"
set xrange [0:*]
set yrange [-0.05:*]
set offsets 0.03, 0.03, 0, 0
set key top right
plot for [c = 1:5] "losses.csv" using "share":(kind(c, column("excess"))):(2 * column("error")) with yerrorlines lt c pt 2*c+3 ps 0.8 title word(said, c)
set title sprintf("(b) %s: recall of the heaviest %g, and the stream", written(network), P_target)
set xlabel "layer"
set ylabel "recall; cosine"
set offsets 0, 0, 0, 0
stats "layers.csv" using "layer" nooutput
set xrange [-0.3:STATS_max + 0.3]
set xtics 1
set yrange [-0.1:1.2]
plot for [c in "4 2"] "layers.csv" using "layer":(kind(int(c), column("recall"))) with linespoints lt int(c) pt 2*int(c)+3 ps 0.8 title "recall, ".word(said, int(c)), \
     "" using "layer":(kind(5, column("recall"))) with linespoints lt 5 dt 2 pt 13 ps 0.8 title "recall, ".word(said, 5), \
     "" using "layer":(kind(4, column("cosine"))) with linespoints lt 8 dt 2 pt 5 ps 0.7 title "cosine with the layer before"
unset multiplot
