set terminal svg size 1200,430 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set key right top
set offsets 0, 0, graph 0.5, 0
set yrange [0:*]
set title "(a) Figure 3: t_0 dotted"
set xlabel "time t"
set ylabel "Γ(t)"
set xrange [0:700]
of(p, e, y) = column("panel") == p && abs(column("eta_y") - e) < 1e-9 ? y : NaN
do for [e in "0.5 1 2 5"] { set arrow from 2*10*log(1000)/(e+0), graph 0 to 2*10*log(1000)/(e+0), graph 1 nohead dashtype 3 linecolor rgb "#777777" }
plot for [i = 1:4] "gain.csv" using "t":(of(3, word("0.5 1 2 5", i) + 0, column("Gamma"))) with lines linetype i title "η_Y = ".word("0.5 1 2 5", i)
unset arrow
set yrange [0:*]
set offsets 0, 0, 0, 0
set title "(b) Figure 8: h* in steps, h in lines"
set xlabel "steps s"
set key right bottom
set ylabel "h, h*"
set xrange [0:80]
plot for [i = 1:5] "steps.csv" using "s":(column("s") <= 80 ? of(81, word("0.1 0.2 0.5 1 2", i) + 0, column("stepped")) : NaN) with steps linetype i notitle, \
     for [i = 1:5] "" using "s":(column("s") <= 80 ? of(81, word("0.1 0.2 0.5 1 2", i) + 0, column("h")) : NaN) with lines linetype i title "η_Y = ".word("0.1 0.2 0.5 1 2", i)
set title "(c) Figure 9: points at t_0"
set xlabel "time t"
set xrange [0:5]
set ylabel "gain B"
set key right bottom
plot for [i = 1:5] "gain.csv" using "t":(of(91, word("5 10 20 40 80", i) + 0, column("B"))) with lines linetype i title "η_Y = ".word("5 10 20 40 80", i), \
     "marks.csv" using "t_0":(column("panel") == 91 ? column("B_t_0") : NaN) with points pointtype 7 linecolor rgb "black" notitle
unset multiplot
