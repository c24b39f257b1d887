# theta_1 and theta_2 against r.
set terminal svg size 1100,540 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
names = "linear relu leaky-relu step quadratic cubic erf tanh gelu silu"
# ten curves: the house colours, dashed from the seventh on
colours = "#0072b2 #d55e00 #009e73 #cc79a7 #56b4e9 #e69f00 #0072b2 #d55e00 #009e73 #cc79a7"
pick(a, i) = stringcolumn("activation") eq word(names, i) ? column("r") : NaN
set xlabel "r, pre-activation at the cluster's centre" offset 0,0.3
set title sprintf("σ = %g, ||v|| = %.3g", P_sigma, S_v0_norm)
set ylabel "θ_1(r)"
set yrange [-1.5:3]
set key above
plot for [i = 1:6] "curves.csv" using (pick("", i)):"theta1" with lines lc rgb word(colours, i) title word(names, i), \
     for [i = 7:10] "curves.csv" using (pick("", i)):"theta1" with lines dt 2 lc rgb word(colours, i) notitle
set ylabel "θ_2(r)"
set yrange [-2.5:2.5]
plot for [i = 1:6] "curves.csv" using (pick("", i)):"theta2" with lines lc rgb word(colours, i) notitle, \
     for [i = 7:10] "curves.csv" using (pick("", i)):"theta2" with lines dt 2 lc rgb word(colours, i) title word(names, i)
unset multiplot
