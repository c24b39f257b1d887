set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
n = |L_plateau|
of(i, y) = column("eps") == L_plateau[i] && column("pi_far") == 0.5 ? y : NaN
shade(i) = n > 1 ? 0.93*(i-1)/(n-1.0) : 0
unset colorbox
ratio = P_eta_p/P_eta_y
drawn = ratio >= 1e-6 && ratio <= 1e6
set multiplot layout 1,3
set bmargin 4

set title "(a) the plateau"
set xlabel "λ t"
set ylabel "loss (nat)"
set xrange [0:38]
set yrange [0:0.8]
set key at graph 0.97,0.86 title "ε" samplen 1.5 spacing 0.95
if (drawn) {
plot "course.csv" using (S_lambda*column("t")):(column("eps") == 0 && column("pi_far") == 0.5 ? column("loss") : NaN) with lines lt 8 lw 3 title "0", \
     for [i=1:n] "" using (S_lambda*column("t")):(of(i, column("loss"))) with lines lw 2 lc palette frac shade(i) title sprintf("%g", L_plateau[i])
} else { set multiplot next }

set title "(b) shifted by ln(1/ε)"
set xlabel "λ t - ln(1/ε)"
set xrange [-6:12]
unset key
if (drawn) {
plot for [i=1:n] "course.csv" using (S_lambda*column("t") + (L_plateau[i] > 0 ? log(L_plateau[i]) : 0)):(of(i, column("loss"))) with lines lw 2 lc palette frac shade(i)
} else { set multiplot next }

set title "(c) level lines of the first integral"
set xlabel "position logits X"
set ylabel "decoder's gain y (η_p/η_Y)^{1/2}"
set xrange [0:4]
set yrange [0:6]
F(x) = cosh(x) - log(1 + cosh(x))
line(x, a) = x >= a ? sqrt(2*(F(x) - F(a))) : NaN
set samples 400
set key default; set key inside top left samplen 1.5 Left reverse
if (drawn) {
plot for [a in "0 0.4054651 1 1.5 2 2.5"] line(x, a+0) with lines lt 8 lw 1 notitle, \
     "course.csv" using (column("pi_far") == 0.4 ? column("gate") : NaN):(column("y")*sqrt(ratio)) every 2 with points lt 1 pt 7 ps 0.5 title "π_{far} = 0.4, ε = 0", \
     "" using (column("pi_far") == 0.5 && column("eps") == L_plateau[n] && column("eps") > 0 ? column("gate") : NaN):(column("y")*sqrt(ratio)) every 6 with points lt 2 pt 6 ps 0.6 title sprintf("equal shares, ε = %g", L_plateau[n])
}
unset multiplot
