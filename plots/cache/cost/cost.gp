# A token's multiply-adds against the keys kept; where attention passes the maps.
set terminal svg size 1100,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
stats "token.csv" using "slots" nooutput
set logscale x 2
set logscale y
set title "(a) a token's operations, second half of the stream"
set xlabel "keys kept L"
set ylabel "multiply-adds"
set format y "10^{%T}"
set key top left
set xrange [STATS_min/1.5:STATS_max*1.5]
set offsets 0, 0, graph 0.5, 0
of(s, y) = strcol("scheme") eq s ? y : NaN
set style data points
plot "token.csv" using "slots":(of("dense", column("attention"))) lt 2 pt 5 ps 0.9 title "dense: all before", \
     "" using "slots":(of("window", column("attention"))) lt 6 pt 9 ps 1.2 title "window: L", \
     "" using "slots":(of("streaming", column("attention"))) lt 1 pt 7 ps 0.6 title "streaming: L", \
     "" using "slots":(of("recomputation", column("attention"))) lt 3 pt 13 ps 0.9 title "re-computation: L (L + 1)/2", \
     for [s in "dense streaming recomputation"] "" using "slots":(of(s, column("theory"))) with lines lt 8 lw 1 notitle, \
     "" using "slots":(of("streaming", column("maps"))) with lines lt 7 dt 2 lw 1 title "maps and logits, one pass", \
     "" using "slots":(of("recomputation", column("maps"))) with lines lt 3 dt 2 lw 1 title "maps, re-computation"
set title "(b) keys from which attention passes the maps"
unset logscale
set logscale y
unset key
set offsets 0, 0, graph 0.1, 0
set xlabel ""
set ylabel "keys kept L"
set xrange [-0.6:3.6]
set xtics rotate by 0
set yrange [10:*]
plot "crossing.csv" using 0:"slots":xtic(strcol(1) eq "this" ? "this network" : strcol(1)) with points lt 1 pt 7 ps 1.5, \
     "" using 0:"slots":(sprintf("%.0f", column("slots"))) with labels offset 0,0.8 notitle
unset multiplot
