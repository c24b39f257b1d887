# Cosines between the vectors of different tokens, over training and over layers.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
levels = int(P_layers) + 2
name(l) = l == 0 ? "embedding" : (l == 1 ? "with position" : sprintf("after layer %d", l - 1))
n = |L_at|
set multiplot layout 2,2
set bmargin 4
set style data linespoints
set key outside right center
set xlabel "minibatch"
set ylabel "rms cosine of two tokens"
set yrange [0:1]
set title "(a) vectors as they are"
plot for [l = 0:levels - 1] "geometry.csv" using "minibatch":"rms" every levels::l linetype l + 1 title name(l), \
     S_rms_random linecolor rgb "#000000" dashtype 3 title "random"
set title "(b) their mean taken off"
plot for [l = 0:levels - 1] "geometry.csv" using "minibatch":"rms_centred" every levels::l linetype l + 1 title name(l), \
     S_rms_random linecolor rgb "#000000" dashtype 3 title "random"
set yrange [*:*]
set xrange [*:*]
stats "histogram.csv" using "density" nooutput
set yrange [0:1.05*STATS_max]
set xrange [-1:1]
set xlabel "cosine"
set ylabel "density of pairs"
set style data lines
set title sprintf("(c) minibatch %d", L_at[1])
plot for [l = 0:levels - 1] "histogram.csv" using "cosine":"density" every ::l*40::l*40 + 39 with linespoints linetype l + 1 pointinterval 3 title name(l)
set title sprintf("(d) minibatch %d", L_at[n])
first = (n - 1)*levels*40
plot for [l = 0:levels - 1] "histogram.csv" using "cosine":"density" every ::first + l*40::first + l*40 + 39 with linespoints linetype l + 1 pointinterval 3 title name(l)
unset multiplot
