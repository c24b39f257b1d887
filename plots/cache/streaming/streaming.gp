# Loss along the stream, and what the number of sinks does; the first seed.
set terminal svg size 1100,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
is(name) = strcol("scheme") eq name && column("seed") == L_seeds[1]
of(name, y) = is(name) ? y : NaN
set title "(a) along the stream"
set xlabel "position in the stream, training lengths"
set ylabel "loss (nat)"
set logscale y # dense attention is far above the others, which differ by tenths
set ytics (0.2, 0.5, 1, 2, 5, 10)
set key bottom right
set style data linespoints
plot "course.csv" using "position":(of("dense", column("nll"))) lt 2 pt 5 ps 0.4 title "dense", \
     "" using "position":(of("window", column("nll"))) lt 6 pt 9 ps 0.4 title "window", \
     "" using "position":(of("recomputation", column("nll"))) lt 3 pt 7 ps 0.4 title "re-computation, BOS in front", \
     "" using "position":(of("streaming", column("nll"))) lt 1 pt 13 ps 0.4 title "four sinks and a window"
unset logscale y
set ytics autofreq
set title "(b) first tokens kept"
set xlabel "sinks"
set ylabel "excess of the loss over four sinks (nat)"
set key inside top center
set xzeroaxis lt 8 lw 1
set xrange [-0.5:]
kind(name, y) = strcol("trained") eq name ? y : NaN
plot "sinks.csv" using (column("sinks")-0.06):(kind("bos", column("excess"))):(2*column("error")) with yerrorbars lt 1 pt 7 ps 0.8 title "trained with BOS first", \
     "" using (column("sinks")+0.06):(kind("plain", column("excess"))):(2*column("error")) with yerrorbars lt 2 pt 5 ps 0.8 title "control: without"
unset multiplot
