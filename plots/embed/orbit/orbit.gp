set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set bmargin 4

set title "(a) one path"
set xlabel "amplitude |w|"
set ylabel "logit z of the most probable token"
set key bottom right samplen 1.2
of(k, n, y) = strcol("kind") eq k && column("factors") == n ? y : NaN
plot "paths.csv" using (of("direct", 1, column("w"))):"z" with lines lt 8 lw 4 title "direct", \
     "" using (of("chain", 2, column("w"))):"z" with points lt 1 pt 6 ps 0.9 title "chain of 2", \
     "" using (of("chain", 4, column("w"))):"z" with points lt 2 pt 2 ps 0.7 title "chain of 4", \
     "" using (of("balanced", 3, column("w"))):"z" with points lt 3 pt 4 ps 0.9 title "balanced, 3", \
     "" using (of("tied", 3, column("w"))):"z" with points lt 4 pt 1 ps 0.8 title "tied"

set title "(b) many clocks"
set logscale x
set format x "10^{%L}"
set xlabel "time t"
set key top left Left reverse
plot "courses.csv" using (of("direct", 1, column("t"))):"z" with lines lt 8 lw 3 title "direct", \
     "" using (of("chain", 2, column("t"))):"z" with lines lt 1 dt 2 title "chain of 2", \
     "" using (of("tied", 3, column("t"))):"z" with lines lt 4 dt 4 title "tied"
unset logscale x

set title "(c) late slope"
set format x "%g"
set xlabel "factors n in the decoder"
set ylabel "dB/d ln|y|"
set xrange [0.7:4.3]
set xtics 1
set yrange [0:1.1]
set key top right noreverse Right
set samples 200
sets = "1-1-2 3-2-2 1-2-1"
D(s) = real(s[1:1])
G(s) = real(s[3:3])
N(s) = real(s[5:5])
law(s, x) = G(s)*D(s)/(N(s)*D(s) + G(s))/x
plot for [i=1:3] law(word(sets, i), x) with lines lt i lw 1 notitle, \
     for [i=1:3] "late.csv" using (column("D") == D(word(sets, i)) && column("G") == G(word(sets, i)) ? column("factors") : NaN):"slope" with points lt i pt 2*i+3 ps 0.9 title "D-G-N = ".word(sets, i)
unset multiplot
