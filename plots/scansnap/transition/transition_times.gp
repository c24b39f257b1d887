shown = L_classes[|L_classes| > 1 ? 2 : 1]
close(a, b) = abs(a*b - 1) < 1e-9
rate(i) = column("commons") == P_num_common && close(column("eta_z_over_eta_y"), L_ratios[i])
largest = 0
do for [i=1:|L_ratios|] { if (L_ratios[i] > largest) { largest = L_ratios[i] } }
set terminal svg size 1000,480 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
# rows that a curve leaves out must not break its line
set datafile missing NaN
set multiplot layout 1,2
set format y "10^{%L}"
stats "transition.csv" using "K" name "K" nooutput
stats "transition.csv" using (1/(1-column("s"))) name "S" nooutput
set logscale xy
set xrange [K_min/2:K_max*2]
set title sprintf("(a) %d commons", P_num_common)
set xlabel "classes K"
set ylabel "time of the force's peak, η_Y t"
set key top left reverse Left samplen 1.5
plot "transition.csv" using "K":(column("commons") == P_num_common && column("eta_z_over_eta_y") > 0 ? column("peak_closed") : NaN) smooth unique with lines lt 7 title "closed form, η_Z = 0", \
     "" using "K":(column("commons") == P_num_common && column("eta_z_over_eta_y") > 0 ? column("printed") : NaN) smooth unique with lines lt 8 dt 2 title "t_0 as printed", \
     for [i=1:|L_ratios|:2] "" using "K":(rate(i) ? column("peak") : NaN) with points lt (i+1)/2 pt i+3 title "η_Y/η_Z = ".sprintf("%g", L_ratios[i])
set xlabel "1/(1 - s), s = share of the commons in f"
set yrange [GPVAL_Y_MIN:GPVAL_Y_MAX] # one axis for both
unset ylabel
set xrange [1:1.5*S_max]
set title sprintf("(b) K = %g", shown)
plot "transition.csv" using (1/(1-column("s"))):(column("K") == shown ? column("peak_closed") : NaN) smooth unique with lines lt 7 title "closed form, η_Z = 0", \
     "" using (1/(1-column("s"))):(column("K") == shown ? column("printed") : NaN) smooth unique with lines lt 8 dt 2 title "t_0 as printed", \
     "" using (1/(1-column("s"))):(column("K") == shown && close(column("eta_z_over_eta_y"), largest) ? column("peak") : NaN) with points lt 2 pt 6 title sprintf("flow, η_Y/η_Z = %g", largest)
unset multiplot
