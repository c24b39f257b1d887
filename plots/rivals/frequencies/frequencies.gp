set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set bmargin 4
set title "(a) when it blows up"
set xlabel "1/(8 L_k)"
set ylabel "time of the blow-up"
set logscale xy
set format "%g"
set key top left Left reverse
plot "winners.csv" using "predicted":"t" with points lt 1 pt 7 ps 0.5 title "nodes", \
     x with lines lt 8 title "equal"
unset logscale
set title "(b) which rule names the winner"
unset xlabel
set ylabel "share of the nodes"
set xrange [-0.6:2.6]
set yrange [0:1.1]
set xtics ("logarithmic" 0, "product" 1, "arithmetic" 2)
unset key
stats "winners.csv" using (column("winner") == column("logarithmic") ? 1 : 0) nooutput name "A"
stats "winners.csv" using (column("winner") == column("product") ? 1 : 0) nooutput name "B"
stats "winners.csv" using (column("winner") == column("arithmetic") ? 1 : 0) nooutput name "C"
set boxwidth 0.6
$rules << EOD
i,n
0,1
1,2
2,3
EOD
share_of(i) = i == 0 ? A_mean : (i == 1 ? B_mean : C_mean)
plot $rules using 1:(share_of(int($1))) with boxes lt 1, \
     $rules using 1:(share_of(int($1)) + 0.04):(sprintf("%.2f", share_of(int($1)))) with labels
set title "(c) all frequencies"
set xlabel "nodes"
set ylabel "P(all found)"
set xrange [*:*]
set xtics autofreq
set key bottom right noreverse Right
set offsets graph 0.1, graph 0.1, 0, 0
plot "found.csv" using "nodes":"predicted" with linespoints lt 8 pt 6 title "coupon collector", \
     "" using "nodes":"share":(2*sqrt(column("share")*(1 - column("share"))/P_draws)) with yerrorbars lt 2 pt 7 title "committees"
unset multiplot
