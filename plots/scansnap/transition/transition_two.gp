set logscale xy
set yrange [0.5:*]
smallest = L_ratios[1]
largest = L_ratios[1]
do for [i=2:|L_ratios|] { if (L_ratios[i] > largest) { largest = L_ratios[i] }; if (L_ratios[i] < smallest) { smallest = L_ratios[i] } }
set xrange [smallest/1.5:largest*1.5]
set format x "10^{%L}"
set xlabel "η_Y/η_Z"
set ylabel "ln(η_Y t) of the two transitions"
set key outside right top
at(k, y) = column("K") == k && column("commons") == P_num_common && column("eta_z_over_eta_y") > 0 ? y : NaN
plot for [c=1:|L_classes|] "transition.csv" using (1/column("eta_z_over_eta_y")):(at(L_classes[c], column("ln_fastest"))) with linespoints lt c pt 2*c+3 title "gain grows fastest, K = ".sprintf("%g", L_classes[c]), \
     for [c=1:|L_classes|] "" using (1/column("eta_z_over_eta_y")):(at(L_classes[c], log(column("peak")))) with linespoints lt c dt 2 pt 2*c+2 title "force peaks, K = ".sprintf("%g", L_classes[c]), \
     (x > 300 ? 0.6*sqrt(x) : NaN) with lines lt 8 dt 3 title "∝ (η_Y/η_Z)^{1/2}"
