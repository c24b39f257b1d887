# beta/iota of the flow, and how unequal xi is against z.
set terminal svg size 1000,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set title "(a) the coefficient"
set logscale xy
set format xy "10^{%T}"
set xlabel "η_Y t/K"
set ylabel "β/ι"
set key left bottom reverse Left samplen 1.5
of(r, y) = column("ratio") == r ? y : NaN
plot for [i = 1:|L_ratios|] "flow.csv" using "scaled_time":(of(L_ratios[i], column("beta_over_iota"))) with linespoints linetype i pointtype 2*i + 2 pointinterval -12 title sprintf("η_Y/η_Z = %g", L_ratios[i]), \
     "" using "scaled_time":(of(L_ratios[|L_ratios|], column("theorem"))) with lines linetype 8 dashtype 2 title "Theorem 1"
set title "(b) inequality of ξ, two distinct tokens"
set xlabel "logit z of the first distinct token"
set ylabel "ξ_{max}/ξ_{min} - 1"
set key left top
plot for [i = 1:|L_ratios|] "flow.csv" using "z":(of(L_ratios[i], column("unequal"))) with lines linetype i title sprintf("η_Y/η_Z = %g", L_ratios[i])
unset multiplot
