set terminal svg size 1200,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set key left top samplen 1.5
set title "(a) two distinct tokens"
set offsets 0, 0, graph 0.05, 0
set xtics 0.2
set xlabel "lead, ln of the ratio of P e^{z(0)}"
set ylabel "z gained more than the other"
set xzeroaxis
set yzeroaxis
of(m, y) = strcol("model") eq m ? y : NaN
if (exists("L_advantages") && exists("L_handicaps")) { plot "prior.csv" using (log(column("ratio_start"))):(of("flow", column("gained"))) with points pointtype 7 title "flow", \
     "" using (log(column("ratio_start"))):(of("eq10", column("gained"))) with points pointtype 4 title "Eq. 10" } else { eval nothing }
set offsets 0, 0, 0, 0
set title "(b) two queries, with residual (dashed: without)"
set xtics autofreq
set logscale x
set format x "10^{%T}"
set xlabel "time η_Y t"
set ylabel "attention logit z of the token"
set key left bottom reverse Left samplen 1.5
with(r, y) = column("residual") == r ? y : NaN
plot "residual.csv" using "t":(with(1, column("z_local"))) with lines linetype 1 title "in a class of each query", \
     "" using "t":(with(0, column("z_local"))) with lines linetype 1 dashtype 2 notitle, \
     "" using "t":(with(1, column("z_distinct"))) with lines linetype 3 title "in one class", \
     "" using "t":(with(0, column("z_distinct"))) with lines linetype 3 dashtype 2 notitle, \
     "" using "t":(with(1, column("z_common"))) with lines linetype 2 title "in all classes", \
     "" using "t":(with(0, column("z_common"))) with lines linetype 2 dashtype 2 notitle
set title "(c) small samples"
unset logscale x
set format x "%g"
set xlabel "common tokens that look distinct"
set ylabel "attention on common tokens"
set key right top noreverse Right
unset xzeroaxis
unset yzeroaxis
set yrange [0:1]
if (exists("L_samples")) { plot for [k = 1:|L_samples|] "sampled.csv" \
     using "looks_distinct":(column("tokens") == floor(L_samples[k]) ? column("on_commons") : NaN) \
     with points pointtype 2*k+2 pointsize 0.6 linetype k title sprintf("%g tokens a class", L_samples[k]) } else { eval nothing }
unset multiplot
