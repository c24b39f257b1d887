of(k, r, y) = column("K") == L_slope_classes[k] && column("ratio") == L_slope_ratios[r] && column("visit_rate") == 0 ? y : NaN
set logscale xy
set xrange [40:*]
set format y "10^{%L}"
set xlabel "ln^2(η_Y t)"
set ylabel "exp(4 B_n) η_Y/η_Z"
set terminal svg size 860,600 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set key below height 1 maxcols 3 samplen 2
set title "D = G = N = 1"
plot for [k=1:|L_slope_classes|] for [r=1:|L_slope_ratios|] "slope.csv" using "ln2":(of(k, r, column("exp4B")*column("ratio"))) with points lt (k-1)*|L_slope_ratios|+r pt 2*r+2 title "K = ".sprintf("%g", L_slope_classes[k]).", η_Y/η_Z = ".sprintf("%g", L_slope_ratios[r]), \
     2*exp(1)*x with lines lt 7 title "slope 2e", \
     for [k=1:|L_slope_classes|] 2*L_slope_classes[k]*x with lines lt 8 dt 2*k title "slope 2K as printed: K = ".sprintf("%g", L_slope_classes[k])
