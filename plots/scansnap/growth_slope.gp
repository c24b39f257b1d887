spaces(s) = (strstrt(s, ",") == 0) ? s : s[1:strstrt(s, ",")-1]." ".spaces(s[strstrt(s, ",")+1:*])
ratios = spaces(P_slope_ratios)
classes = spaces(P_slope_classes)
of(k, r, y) = column("K") == real(word(classes, k)) && column("ratio") == real(word(ratios, r)) && column("visit_rate") == 0 ? y : NaN
set logscale xy
set xrange [40:*]
set format y "10^{%L}"
set xlabel "ln^2(η_Y t)"
set ylabel "exp(4 B_n) η_Y/η_Z"
set key outside right top samplen 1.5
set title "D = G = N = 1"
plot for [k=1:words(classes)] for [r=1:words(ratios)] "slope.csv" using "ln2":(of(k, r, column("exp4B")*column("ratio"))) with points lt (k-1)*words(ratios)+r pt 2*r+2 title "K = ".word(classes, k).", η_Y/η_Z = ".word(ratios, r), \
     2*exp(1)*x with lines lt 7 title "slope 2e", \
     for [k=1:words(classes)] 2*real(word(classes, k))*x with lines lt 8 dt 2*k title "slope 2K as printed, K = ".word(classes, k)
