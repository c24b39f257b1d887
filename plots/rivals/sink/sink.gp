set terminal svg size 900,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
n = |L_values|
of(v, y) = column("v0") == v ? y : NaN
set multiplot layout 1,2
set bmargin 4
set logscale x
set format x "10^{%L}"
set xlabel "time t"
set title "(a) the sink's logit"
set ylabel "logit z of the sink"
set key top left Left reverse samplen 1.5
plot "course.csv" using (of(0, column("t"))):"closed" every 3 with points lt 7 pt 6 ps 0.7 title "closed form, v = 0", \
     "" using (of(0, column("t"))):"late" with lines lt 8 dt 2 title "ln(2 η_z s^2 t)/2", \
     "" using (of(0, column("t"))):"z" with lines lt 1 title "v = 0", \
     for [i=1:n] "" using (L_values[i] > 0 ? of(L_values[i], column("t")) : NaN):"z" with lines lt i dt i title (L_values[i] > 0 ? sprintf("v = %g", L_values[i]) : "")
set title "(b) its value"
set ylabel "v over its start"
set yrange [0:1.1]
set key top right noreverse Right
positive = sum [i=1:n] (L_values[i] > 0)
if (positive == 0) { set label 1 "no value to drain" at graph 0.5,0.5 center; plot 2 notitle } else { plot for [i=1:n] "course.csv" using (L_values[i] > 0 ? of(L_values[i], column("t")) : NaN):(column("v")/(column("v0") > 0 ? column("v0") : 1)) with lines lt i dt i title (L_values[i] > 0 ? sprintf("v = %g", L_values[i]) : "") }
unset multiplot
