set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
# an empty list is no array at all
nf = 0
if (exists("L_frequencies")) { nf = |L_frequencies| } else { array L_frequencies[1] = [0] }
set multiplot layout 1,3
set bmargin 4
of(c, f, y) = strcol("code") eq c && column("frequencies") == f ? y : NaN

set title "(a) at the end"
set logscale x
stats "attention.csv" using "distance" nooutput
set xrange [0.8:1.3*STATS_max]
set xlabel "distance r* of the answer"
set ylabel "attention to r*"
set yrange [0:1.4]
set ytics 0.2
set key top left samplen 1 spacing 0.95 font ",11" maxrows 4 Left reverse
plot "attention.csv" using (of("free", 0, column("distance"))):"attention" with points lt 8 pt 5 title "free", \
     "" using (of("slope", 0, column("distance"))):"attention" with points lt 2 pt 9 title "slope", \
     "" using (strcol("code") eq "equidistant" ? column("distance") : NaN):"attention" with points lt 3 pt 13 title "equidistant", \
     for [i=1:nf] "" using (of("sinusoids", L_frequencies[i], column("distance"))):"attention" with points lt i+3 pt 2*i+2 ps 0.8 title sprintf("%d sinusoids", L_frequencies[i])

set title "(b) in time"
set format x "10^{%L}"
set xrange [*:*]
set xlabel "time t"
set yrange [0:1.4]
set key top left Left reverse maxrows 4
stats "course.csv" using "distance" nooutput
D = L_distances[|L_distances| > 1 ? |L_distances| - 1 : 1]
now(c, f, y) = strcol("code") eq c && column("frequencies") == f && column("distance") == D ? y : NaN
set label 1 sprintf("r* = %d", D) at graph 0.95, 0.18 right
plot "course.csv" using (now("free", 0, column("t"))):"attention" with lines lt 8 lw 3 title "free", \
     "" using (now("slope", 0, column("t"))):"attention" with lines lt 2 dt 5 title "slope", \
     for [i=1:nf] "" using (now("sinusoids", L_frequencies[i], column("t"))):"attention" with lines lt i+3 dt i title sprintf("%d sinusoids", L_frequencies[i])
unset label 1
unset logscale x

set title "(c) the trained slope stops"
set format x "%g"
set xlabel "distance r*"
set ylabel "attention to r* at the stop"
set xrange [0.5:12]
set yrange [0:1.05]
set key top right noreverse Right font ",13"
set samples 300
law(r) = r >= 1 ? (1/r)*(1 - 1/r)**(r - 1) : NaN
plot [1.0001:12] law(x) with lines lt 8 title "closed form", \
     "stop.csv" using "distance":"attention" with points lt 2 pt 9 ps 1 title "slope at the end"
unset multiplot
