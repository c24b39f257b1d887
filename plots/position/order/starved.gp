set terminal svg size 900,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set bmargin 4
of(s, y) = column("shortcut") == s ? y : NaN
set title "(a) the starved saddle"
set logscale xy
set format "10^{%L}"
set xlabel "time t"
set ylabel "(p_1 - p_2) over its start"
set key center right
plot "starved.csv" using (of(0, column("t"))):"gain" with lines lt 1 title "order alone", \
     "" using (of(1, column("t"))):"gain" with lines lt 2 dt 2 title "beside a shortcut token"
unset logscale
set title "(b) common pairs"
set format "%g"
n = |L_pair_rates|
set xlabel "rate of the positions η_p"
set ylabel "attention logit at t = 10^4"
set xrange [-0.6:n-0.4]
set yrange [-2:4.2]
set xtics ("" 0)
do for [i=1:n] { set xtics add (sprintf("%g", L_pair_rates[i]) i-1) }
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lt 8
set key top right noreverse Right
plot "pairs.csv" using 0:"z_distinct" with linespoints lt 1 pt 7 title "distinct", \
     "" using 0:"z_pair" with linespoints lt 3 pt 5 title "A: common, but not its places", \
     "" using 0:"z_common" with linespoints lt 2 pt 8 title "common"
unset multiplot
