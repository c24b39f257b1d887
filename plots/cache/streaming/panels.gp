# The slide's four panels, and its table; the first seed.
set terminal svg size 1100,760 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot
name(i) = word("dense window recomputation streaming", i)
label(i) = i == 1 ? "dense attention" : i == 2 ? "window" : i == 3 ? "window with re-computation, BOS in front" : "StreamingLLM: four sinks and a window"
of(i, y) = strcol("scheme") eq name(i) && column("seed") == L_seeds[1] ? y : NaN
set datafile missing NaN
stats "course.csv" using "nll" nooutput
low = STATS_min - 0.1
high = STATS_max + 0.1
set logscale x 2
set xrange [0.1:P_contexts * 1.1]
set yrange [low:high]
set format x "%g"
unset key
set arrow from 1, graph 0 to 1, graph 1 nohead dashtype 3 linecolor rgb "#444444"
do for [i = 1:4] {
    set origin ((i - 1) % 2) * 0.5, i < 3 ? 0.64 : 0.28
    set size 0.5, 0.36
    set title label(i) offset 0,-0.5
    set xlabel i < 3 ? "" : "position in the stream, training lengths"
    set ylabel i % 2 ? "loss (nat)" : ""
    plot "course.csv" using "position":(of(i, column("nll"))) with linespoints lt (i == 4 ? 1 : i == 3 ? 3 : i == 2 ? 6 : 2) pt 7 ps 0.5
}
unset arrow
set origin 0, 0
set size 1, 0.27
unset logscale
unset title
unset xlabel
unset ylabel
unset border
unset tics
unset grid
set lmargin 2
set xrange [0:10]
set yrange [-4.6:1.4]
of_scheme(y) = strcol("trained") eq "bos" && column("seed") == L_seeds[1] ? y : NaN
row(s) = s eq "dense" ? -1 : s eq "window" ? -2 : s eq "recomputation" ? -3 : s eq "streaming" ? -4 : NaN
at(s) = of_scheme(row(s))
us(name) = strlen(strcol(name)) && column(name) > 0 ? sprintf("%.1f", column(name)) : "not measured"
set label 1 "scheme" at 0.2, 0.2 left font ",13"
set label 2 "perplexity" at 4.4, 0.2 right
set label 3 "keys a token" at 6.0, 0.2 right
set label 4 "multiply-adds a token" at 8.2, 0.2 right
set label 5 "time a token (µs)" at 9.9, 0.2 right
plot "schemes.csv" using (0.2):(at(strcol("scheme"))):(strcol("scheme")) with labels left, \
     "" using (4.4):(at(strcol("scheme"))):(sprintf("%.3f", column("perplexity"))) with labels right, \
     "" using (6.0):(at(strcol("scheme"))):(sprintf("%.1f", column("keys"))) with labels right, \
     "" using (8.2):(at(strcol("scheme"))):(sprintf("%.0f", column("operations"))) with labels right, \
     "" using (9.9):(at(strcol("scheme"))):(us("microseconds")) with labels right
unset multiplot
