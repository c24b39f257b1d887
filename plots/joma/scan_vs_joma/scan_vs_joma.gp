# Attention of each token, linear and nonlinear; entropy side by side.
set terminal svg size 1200,430 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
stats "flow.csv" using "token" nooutput
last = int(STATS_max)
mu(l) = sprintf("μ = %.3g", real(word(system("echo '".P_mu."' | tr ',' ' '"), l + 1)))
of(d, l) = strcol("dynamics") eq d && column("token") == l ? column("t") : NaN
only(d) = strcol("dynamics") eq d ? column("t") : NaN
set style data lines
set multiplot layout 1,3
set bmargin 4
set xlabel "time t"
set yrange [0:1]
set ylabel "attention p_l"

set title "(a) linear: the most salient takes all"
set key top left
set arrow 1 from S_t_star, 0 to S_t_star, 1 nohead dashtype 2 linecolor rgb "#666666"
set label 1 (P_normalised eq "true" ? "" : "t*") at S_t_star, 0.5 left offset 0.5,0
set xrange [0:(P_normalised eq "true" ? P_t_end : 1.25*S_t_star)]
if (P_normalised eq "true") { unset arrow 1; set key center right }
plot for [l = 0:last] "flow.csv" using (of("linear", l)):"p" linetype l+1 title mu(l)
unset arrow 1
unset label 1

set title "(b) nonlinear: the others catch up"
set xrange [0:P_t_end]
set key top right
plot for [l = 0:last] "flow.csv" using (of("nonlinear", l)):"p" linetype l+1 title mu(l)

set title "(c) entropy of the attention"
set ylabel "entropy (nat)"
set yrange [0:*]
set key bottom right
plot "course.csv" using (only("linear")):"entropy" linetype 2 dashtype 2 title "linear", \
     "course.csv" using (only("nonlinear")):"entropy" linetype 1 title "nonlinear"
unset multiplot
