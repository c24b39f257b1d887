spaces(s) = (strstrt(s, ",") == 0) ? s : s[1:strstrt(s, ",")-1]." ".spaces(s[strstrt(s, ",")+1:*])
classes = spaces(P_classes)
set logscale xy
set xrange [0.7:*]
set yrange [2:*]
set format x "10^{%L}"
set xlabel "η_Y/η_Z"
set ylabel "ln(η_Y t)"
set key top left reverse Left
at(k, y) = column("K") == k && column("commons") == P_num_common && column("eta_z_over_eta_y") > 0 ? y : NaN
plot for [c=1:words(classes)] "transition.csv" using (1/column("eta_z_over_eta_y")):(at(real(word(classes, c)), column("ln_fastest"))) with linespoints lt c pt 7 title "gain grows fastest, K = ".word(classes, c), \
     for [c=1:words(classes)] "" using (1/column("eta_z_over_eta_y")):(at(real(word(classes, c)), log(column("peak")))) with linespoints lt c dt 2 pt 6 title "force peaks, K = ".word(classes, c), \
     (x > 300 ? 0.6*sqrt(x) : NaN) with lines lt 8 dt 3 title "∝ (η_Y/η_Z)^{1/2}"
