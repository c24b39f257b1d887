spaces(s) = (strstrt(s, ",") == 0) ? s : s[1:strstrt(s, ",")-1]." ".spaces(s[strstrt(s, ",")+1:*])
ratios = spaces(P_bounds_ratios)
classes = spaces(P_bounds_classes)
per_last = spaces(P_bounds_per_last)
set logscale xy
set format "10^{%L}"
set xlabel "B_n"
set ylabel "ln χ of the most probable distinct token"
set xrange [1e-6:*]
set yrange [1e-7:*]
set key top left reverse Left title "η_Y/η_Z"
set title sprintf("K = %s, N = %s: %d runs", P_bounds_classes, P_bounds_per_last, words(ratios)*words(classes)*words(per_last))
stats "bounds.csv" using (column("ln_lower")/column("B")) name "L" nooutput
plot 2*x with lines lt 7 dt 2 title "upper bound 2 B_n", \
     L_mean*x with lines lt 7 title "lower bound 2 f_l(0)^2 B_n", \
     for [i=1:words(ratios)] "bounds.csv" using "B":(column("ratio") == real(word(ratios, i)) ? column("ln_chi") : NaN) with points lt i pt 2*i+2 ps 0.5 title word(ratios, i)
