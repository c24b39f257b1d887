set terminal svg size 1000,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2 margins 0.085,0.985,0.13,0.90 spacing 0.11,0.1
set title sprintf("(a) constant A, B, C: %d x %d, N = %d, r = %d", P_m, P_n, P_N, P_r)
set xlabel "t (steps)"
set ylabel "log_{10} ‖R_t‖ / ‖R_0‖"
set key bottom left
set yrange [-12:0.5]
plot "decay.csv" using "t":"at_1" with linespoints linetype 1 pointtype 4 pointinterval -10 title "η = 1/λ_{max}", \
     "" using "t":"bound_1" with lines linetype 1 dashtype 2 notitle, \
     "" using "t":"at_2" with linespoints linetype 3 pointtype 8 pointinterval -10 title "η = 2/(κ + λ_{max})", \
     "" using "t":"bound_2" with lines linetype 3 dashtype 2 notitle, \
     "" using "t":"at_3" with linespoints linetype 2 pointtype 6 pointinterval -10 title "η = 1.99/λ_{max}", \
     "" using "t":"bound_3" with lines linetype 2 dashtype 2 notitle, \
     NaN with lines linecolor rgb "black" dashtype 2 title "t log_{10}(1 - ηκ)"
set title sprintf("(b) moving B(W) = 1 %s %g W, scalar", P_scalar_beta < 0 ? "-" : "+", abs(P_scalar_beta))
set ylabel "|R_t| / |R_{t-1}|"
set autoscale y
set key bottom right
plot "scalar.csv" using "t":"ratio" with lines linetype 1 title "measured", \
     "" using "t":"holds" with lines linetype 3 dashtype 4 title "rate, as it holds", \
     "" using "t":"printed" with lines linetype 2 dashtype 2 title "rate, as printed"
unset multiplot
