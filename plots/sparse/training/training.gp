# Active units in training by layer; saliency against what activations do next.
set terminal svg size 1100,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
# Rows of other curves are passed over, not gaps in this one.
set datafile missing NaN
set multiplot layout 1,2
set title sprintf("(a) ReLU, %d layers, width %d", P_layers, P_width)
set xlabel "updates"
set ylabel "share of a token's units that are not 0"
set yrange [0:0.7]
set key top right
of(l) = strcol("activation") eq "relu" && column("layers") == P_layers && column("width") == P_width && column("seed") == P_seed && column("layer") == l
plot for [l = 0:(P_layers < 6 ? P_layers - 1 : 5)] "steps.csv" using "step":(of(l) ? column("active") : NaN) smooth unique with linespoints lt l + 1 pt 7 ps 0.7 title sprintf("layer %d", l), \
     0.5 with lines lt 8 dt 2 title "weights as drawn"
set title "(b) one layer: whose saliency says what changes"
set xlabel "updates, at the end of an interval"
set ylabel "correlation over units"
set yrange [*:*]
set offsets 0.05, 0.05, 0.1, 0.1
has = 0
if (exists("L_depths")) { do for [i = 1:|L_depths|] { if (L_depths[i] == 1) { has = 1 } } }
if (has) { plot "saliency.csv" using "to":"own":(2 * column("error")) with yerrorlines lt 1 pt 7 ps 0.7 title "the token's own", "" using "to":"other" with linespoints lt 2 dt 2 pt 5 ps 0.7 title "another token's", 0 with lines lt 8 dt 3 notitle } else { set multiplot next }
unset multiplot
