set terminal svg size 1400,440 dynamic enhanced font "DejaVu Sans,12" background rgb "white"
set multiplot layout 1,3
set key left top
set xlabel "lead, ln of the ratio of P e^{z(0)}"
set ylabel "z gained more than the other"
set xzeroaxis
set yzeroaxis
of(m, y) = strcol("model") eq m ? y : NaN
plot "prior.csv" using (log(column("ratio_start"))):(of("flow", column("gained"))) with points pointtype 7 title "flow", \
     "" using (log(column("ratio_start"))):(of("eq10", column("gained"))) with points pointtype 4 title "Eq. 10"
set logscale x
set format x "10^{%T}"
set xlabel "time η_Y t"
set ylabel "z"
set key left bottom
with(r, y) = column("residual") == r ? y : NaN
plot "residual.csv" using "t":(with(1, column("z_local"))) with lines linetype 1 title "one class of each query", \
     "" using "t":(with(0, column("z_local"))) with lines linetype 1 dashtype 2 title "without residual", \
     "" using "t":(with(1, column("z_distinct"))) with lines linetype 3 title "one class", \
     "" using "t":(with(0, column("z_distinct"))) with lines linetype 3 dashtype 2 notitle, \
     "" using "t":(with(1, column("z_common"))) with lines linetype 2 title "all classes", \
     "" using "t":(with(0, column("z_common"))) with lines linetype 2 dashtype 2 notitle
unset logscale x
set format x "%g"
set xlabel "common tokens that look distinct in the sample"
set ylabel "attention on common tokens"
set key left top
unset xzeroaxis
unset yzeroaxis
set yrange [0:1]
plot for [k = 1:|L_samples|] "sampled.csv" \
     using "looks_distinct":(column("tokens") == floor(L_samples[k]) ? column("on_commons") : NaN) \
     with points pointtype 7 pointsize 0.6 linetype k title sprintf("%g tokens a class", L_samples[k])
unset multiplot
