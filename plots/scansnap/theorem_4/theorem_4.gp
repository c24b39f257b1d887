# Late prefactor under Eq. 10, and the printed late forms.
set terminal svg size 1000,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set xlabel "ln(1 + Γ)"
set ylabel "dB/d ln(1 + Γ)"
set key right top
set title "(a) the late slope"
set yrange [0:0.42]
of(k, y) = column("N") == column("K") && column("K") == k ? y : NaN
plot for [i = 1:|L_classes|] "path.csv" using "ln_Gamma":(of(L_classes[i], column("slope"))) with lines linetype i title sprintf("K = %g, one query", L_classes[i]), \
     for [i = 1:|L_classes|] P_distinct/(4.0*(L_classes[i]*P_distinct + 1)) with lines linetype i dashtype 3 notitle, \
     "" using "ln_Gamma":(column("N") == 1 ? column("slope") : NaN) with lines linetype 6 title sprintf("one class a query, D = %g", P_many), \
     0.25 with lines linetype 8 dashtype 2 title "Theorem 4: 1/4"
set title "(b) printed forms (dashed: Eq. 132)"
set yrange [*:*]
set logscale x
set xlabel "ln(M η_Y t/K)"
set ylabel "gain B"
set key left top
nu(n, y) = column("ratio") == n ? y : NaN
plot for [i = 1:|L_ratios|] "forms.csv" using "ln_time":(nu(L_ratios[i], column("B"))) with lines linetype i title sprintf("Eq. 129, ν = %g", L_ratios[i]), \
     for [i = 1:|L_ratios|] "" using "ln_time":(nu(L_ratios[i], column("later"))) with lines linetype i dashtype 2 notitle
unset multiplot
