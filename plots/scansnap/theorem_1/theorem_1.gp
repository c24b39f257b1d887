set terminal svg size 1000,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set title "(a) the coefficient"
set logscale xy
set format x "10^{%T}"
set format y "10^{%T}"
set xlabel "η_Y t/K"
set ylabel "β/ι"
set key left center
of(g, y) = strcol("gradient") eq g ? y : NaN
plot "coefficients.csv" using "scaled_time":"theorem" with lines linetype 2 title "theorem 1", \
     "" using "scaled_time":(of("modified", column("beta_over_iota"))) with points linetype 2 pointtype 7 title "modified gradient", \
     "" using "scaled_time":(of("original", column("beta_over_iota"))) with linespoints linetype 1 pointtype 5 title "original gradient", \
     1.0/(P_outputs - 1) with lines dashtype 3 linecolor rgb "#777777" title "1/(M - 1)"
unset logscale y
set format y "%g"
set ylabel "γ over its limit"
set yrange [0:4]
set key samplen 1.5
set key left top
set title "(b) the force (dashed: without M in the logarithm)"
same(m, y) = column("outputs") == m ? y : NaN
if (exists("L_regime_outputs")) { plot for [i = 1:|L_regime_outputs|] "regimes.csv" using "scaled_time":(column("scaled_time") <= log(L_regime_outputs[i]) ? same(L_regime_outputs[i], column("over_early")) : NaN) with lines linetype i title sprintf("M = %g", L_regime_outputs[i]), \
     for [i = 1:|L_regime_outputs|] "" using "scaled_time":(column("scaled_time") >= 2*log(L_regime_outputs[i]) ? same(L_regime_outputs[i], column("over_late")) : NaN) with lines linetype i notitle, \
     for [i = 1:|L_regime_outputs|] "" using "scaled_time":(column("scaled_time") >= 2*log(L_regime_outputs[i]) ? same(L_regime_outputs[i], column("over_main_text")) : NaN) with lines linetype i dashtype 2 notitle } else { eval nothing }
unset multiplot
