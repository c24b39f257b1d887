# Theorem 1 on the ladder: agreement at the end of training by rung, and over training.
set terminal svg size 1150,960 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
set multiplot layout 2,2
set bmargin 7
at(r, l) = r + 0.16 * l
layers = int(P_layers)
set xtics rotate by -45
set xrange [-0.6:13.6]
label(r) = word("linear exp mlp queries softmax-one softmax stream-one stream layers maps norm ".P_optimizer." embedding wlm", r + 1)
set xtics () 
set for [r = 0:13] xtics add (written(label(r)) r)
at_end(which, l) = (column("minibatch") == P_minibatches && column("layer") == l) ? column(which) : NaN
set style data points

set title "(a) correlation of the changes at the end"
set ylabel "centred cosine NC"
set yrange [-1:1.1]
set key bottom left
plot for [l = 0:layers - 1] "course.csv" using (at(column("rung"), l)):(at_end("nc_sum", l)) pointtype int(word("7 5 9 13 11 4 6 8", l % 8 + 1)) pointsize 1.1 linetype l + 1 title sprintf("layer %d, sum over queries", l + 1), \
     "course.csv" using (at(column("rung"), -1)):(at_end("nc", 0)) pointtype 6 pointsize 1.1 linecolor rgb "#999999" title "layer 1, single queries", \
     1 with lines linecolor rgb "#000000" dashtype 3 notitle

set ylabel "|slope| of the prediction on the change"
set title "(b) slope of the prediction (magnitude)"
set yrange [*:*]
set logscale y
set format y "10^{%L}"
set key top left
plot for [l = 0:layers - 1] "course.csv" using (at(column("rung"), l)):(abs(at_end("slope_sum", l))) pointtype int(word("7 5 9 13 11 4 6 8", l % 8 + 1)) pointsize 1.1 linetype l + 1 title sprintf("layer %d", l + 1), \
     1 with lines linecolor rgb "#000000" dashtype 3 title "Theorem 1"

set title "(c) error of the prediction"
set ylabel "relative error"
plot for [l = 0:layers - 1] "course.csv" using (at(column("rung"), l)):(at_end("error_sum", l)) pointtype int(word("7 5 9 13 11 4 6 8", l % 8 + 1)) pointsize 1.1 linetype l + 1 title sprintf("layer %d", l + 1), \
     1 with lines linecolor rgb "#000000" dashtype 3 title "as good as no change"
unset logscale y
set format y "%g"

set title "(d) over training, layer 1, sums over queries"
set ylabel "centred cosine NC"
set bmargin 4
set xtics norotate autofreq
set xrange [0:*]
set yrange [-1:1.1]
set xlabel "minibatch"
set key bottom left maxrows 4
set style data linespoints
shown = "1 4 5 6 7 9 13"
plot for [i = 1:words(shown)] "course.csv" using (column("rung") == int(word(shown, i)) && column("layer") == 0 ? column("minibatch") : NaN):"nc_sum" pointsize 0.5 linetype i title written(label(int(word(shown, i))))
unset multiplot
