spaces(s) = (strstrt(s, ",") == 0) ? s : s[1:strstrt(s, ",")-1]." ".spaces(s[strstrt(s, ",")+1:*])
classes = spaces(P_classes)
ratios = spaces(P_ratios)
K = real(word(classes, 1 + words(classes)/2))
is(m, k, r) = strcol("model") eq m && column("K") == k && column("ratio") == r
set logscale xy
set format "10^{%L}"
set xlabel "η_Y t / K"
set ylabel "spread over the distinct tokens, (max - min)/mean"
set yrange [1e-14:1e3]
set ytics 1e2
set title sprintf("K = %g. Lines: ξ_{nl}, coupled flow. Points: (1 - e^{-2z_l})/p_l^2, quasi-static decoder", K)
set key outside right top title "η_Y/η_Z" samplen 1.5
plot for [i=1:words(ratios)] "gain.csv" using "scaled_time":(is("coupled", K, real(word(ratios, i))) ? column("xi_spread") : NaN) with lines lt i title word(ratios, i), \
     for [i=1:words(ratios)] "" using "scaled_time":(is("qsd", K, real(word(ratios, i))) ? column("I_spread") : NaN) with points lt i pt 7 ps 0.35 notitle
