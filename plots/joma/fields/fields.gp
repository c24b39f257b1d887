# Errors of the comparisons, in their order, by part.
set logscale y
set format y "10^{%T}"
set ylabel "largest difference, relative (none: at 10^{-17})"
set xlabel "number of the comparison"
set yrange [1e-18:1e-3]
set key top center horizontal
shown(x) = x > 0 ? x : 1e-17
of(name) = (T_compared_part[int(column(0)) + 1] eq name ? shown(column("error")) : NaN)
plot "compared.csv" using (column(0) + 1):(of("flow")) with points lt 1 pt 7 title "flows", \
     "" using (column(0) + 1):(of("jacobian")) with points lt 2 pt 5 title "Jacobians", \
     "" using (column(0) + 1):(of("descent")) with points lt 3 pt 9 title "descent", \
     "" using (column(0) + 1):(of("closed form")) with points lt 4 pt 13 title "closed forms"
