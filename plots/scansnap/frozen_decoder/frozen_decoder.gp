K = L_classes[|L_classes|]
of(c, y) = (strcol("case") eq c && column("K") == K) ? y : NaN
set terminal svg size 1000,480 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set logscale x
set format x "10^{%L}"
set xlabel "η_Y t / K"
scaled = P_eta_y / K
set ylabel "gap of the decoder's logits u"
set key top left reverse Left width -6 samplen 2.5
set title sprintf("frozen attention, K = %g, V = K or %g K", K, P_never_factor)
plot "gap.csv" using (column("t")*scaled):(of("next_commons", column("closed"))) with lines lt 1 notitle, \
     "" using (column("t")*scaled):(of("next_alone", column("closed"))) with lines lt 2 notitle, \
     "" using (column("t")*scaled):(of("vocabulary_alone", column("closed"))) with lines lt 3 notitle, \
     "" using (column("t")*scaled):(of("vocabulary_commons", column("as_vocabulary"))) with lines lt 4 dt 2 notitle, \
     "" using (column("t")*scaled):(of("next_commons", column("u"))) every 8 with points lt 1 pt 6 notitle, \
     "" using (column("t")*scaled):(of("next_alone", column("u"))) every 8 with points lt 2 pt 4 notitle, \
     "" using (column("t")*scaled):(of("vocabulary_alone", column("u"))) every 8 with points lt 3 pt 8 notitle, \
     "" using (column("t")*scaled):(of("vocabulary_commons", column("u"))) every 8 with points lt 4 pt 2 notitle, \
     keyentry with linespoints lt 1 pt 6 title "V = K, commons", \
     keyentry with linespoints lt 2 pt 4 title "V = K, no commons", \
     keyentry with linespoints lt 3 pt 8 title "V > K, no commons", \
     keyentry with points lt 4 pt 2 title "V > K, commons: flow", \
     keyentry with lines lt 4 dt 2 title "V > K, commons: form with V (fails)"
set title "difference of flow and closed form, all K"
set logscale y
set format y "10^{%L}"
set ylabel "|u - closed form|"
set yrange [1e-16:1e-3]
any(c, y) = (strcol("case") eq c) ? (y > 1e-16 ? y : 1e-16) : NaN
set key top left reverse Left width -6
plot "gap.csv" using (column("t")*P_eta_y/column("K")):(any("next_commons", abs(column("u")-column("closed")))) with points lt 1 pt 6 ps 0.4 title "V = K, commons", \
     "" using (column("t")*P_eta_y/column("K")):(any("next_alone", abs(column("u")-column("closed")))) with points lt 2 pt 4 ps 0.4 title "V = K, no commons", \
     "" using (column("t")*P_eta_y/column("K")):(any("vocabulary_alone", abs(column("u")-column("closed")))) with points lt 3 pt 8 ps 0.4 title "V > K, no commons", \
     1e-7 with lines lt 8 dt 2 title "bound of the check"
unset multiplot
