# Attention to BOS over training; what few keys cost; the same attention in Scan&Snap's flow.
set terminal svg size 1200,480 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
of(v, y) = strcol("variant") eq v && column("seed") == L_seeds[1] ? y : NaN
set title "(a) attention to BOS over training"
set xlabel "updates"
set ylabel "attention to BOS"
set key top right samplen 1
set yrange [0:1.5]
set ytics 0,0.2,1
set style data linespoints
plot "course.csv" using "update":(of("excluded", column("other_first"))) lt 1 pt 7 ps 0.5 title "nothing to copy", \
     "" using "update":(of("excluded", column("trigger_first"))) lt 2 pt 5 ps 0.5 title "triggers", \
     "" using "update":(of("included", column("other_first"))) lt 5 pt 11 ps 0.5 title "nothing to copy, self seen", \
     "" using "update":(of("no-bos", column("other_first"))) lt 3 pt 9 ps 0.5 title "control: first token"
set title "(b) what few keys cost, nothing to copy"
set xlabel ""
set ylabel "excess over four sinks (nat)"
set key top right
set offsets 0,0,graph 0.3,0
set ytics autofreq
set yrange [*:*]
set xrange [-0.5:2.5]
set xtics ("dense" 0, "window" 1, "one sink" 2)
place(s) = s eq "dense" ? 0 : s eq "window" ? 1 : s eq "one-sink" ? 2 : NaN
set xzeroaxis lt 8 lw 1
plot "streams.csv" using (place(strcol("scheme")) - 0.06):(of("excluded", column("excess"))):(2 * column("error")) with yerrorbars lt 1 pt 7 ps 0.8 title "self excluded", \
     "" using (place(strcol("scheme")) + 0.06):(of("no-bos", column("excess"))):(2 * column("error")) with yerrorbars lt 3 pt 9 ps 0.8 title "control"
set title "(c) Scan\\&Snap's flow on the same statistics"
set xlabel "time t"
set ylabel "attention"
set logscale x
set format x "10^{%T}"
set xtics autofreq
set xrange [*:*]
set yrange [0:*]
set offsets 0,0,graph 0.35,0
set key top left
plot "flow.csv" using "t":"other_first" with lines lt 1 title "to BOS, nothing to copy", \
     "" using "t":"trigger_first" with lines lt 2 dt 2 title "to BOS, triggers", \
     "" using "t":"trigger_back" with lines lt 6 dt 4 title "triggers to what they copy"
unset multiplot
