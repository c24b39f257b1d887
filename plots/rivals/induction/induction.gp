set terminal svg size 900,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set bmargin 4
set title "(a) how long the plateau is"
set logscale xy
set format y "10^{%L}"
set xlabel "pairs in the context Q"
set ylabel "time of the plateau 1/λ"
set key top left Left reverse
plot "scaling.csv" using "Q":"diluted" with lines lt 1 title "c_2 = 0.2: Q^2", \
     "" using "Q":"pure" with lines lt 3 dt 2 title "no commons: Q^{3/2}", \
     "rates.csv" using "Q":(1/column("lambda")) with points lt 2 pt 7 title "Hessian, this run", \
     "" using "Q":(1/column("closed")) with points lt 7 pt 6 ps 1.2 title "closed form"
unset logscale
set title "(b) copy first"
set format y "%g"
set xlabel "time t"
set ylabel "loss (nat)"
set yrange [0:1.15*log(P_Q)]
set key top right noreverse Right title "y(0)"
n = |L_copies|
plot for [i=1:n] "copy.csv" using (column("y0") == L_copies[i] ? column("t") : NaN):"loss" with lines lt i title sprintf("%g", L_copies[i])
unset multiplot
