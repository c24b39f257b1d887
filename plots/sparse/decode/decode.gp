# Numbers saved against the share kept, the predictor included.
set xlabel "share of the hidden units that is kept"
set ylabel "times fewer numbers of the MLPs read"
set logscale xy
set xrange [0.05:1.1]
set xtics (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1)
set yrange [0.4:30]
set ytics (0.5, 1, 2, 5, 10, 20)
set key top right
names = "swiglu relu model untrained"
of(n, y) = strcol("network") eq word(names, n) ? y : NaN
first = P_model ne "" ? 3 : P_untrained eq "true" ? 4 : 1
last = P_model ne "" ? 3 : P_untrained eq "true" ? 4 : 2
thousand = (1000.*(1024 + 4096) + 4096)/(2.*1024*4096)
plot for [n = first:last] "read.csv" using "share":(of(n, column("fewer"))) with linespoints lt n pt 7 title written(word(names, n)).", predictor included", \
     for [n = first:last] "" using "share":(of(n, column("whole")/column("maps"))) with linespoints lt n dt 3 pt 6 title written(word(names, n)).", without it", \
     1/(x + thousand) with lines lt 8 dt 2 title "rank 1000, width 1024", \
     1 with lines lt 8 dt 3 notitle
