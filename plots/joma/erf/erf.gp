# Theorem 2: components, entropy, both forms of the invariant, integrators.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
stats "limits.csv" using "token" nooutput
last = int(STATS_max)
only(a) = strcol("attention") eq a ? column("t") : NaN
set style data lines
set multiplot layout 2,2
set bmargin 4

set title "(a) exponential attention: one component escapes"
set xlabel "time t"
set ylabel "component v_l"
set key top left
set xrange [0:1.06*S_t_star]
set arrow 1 from S_t_star, graph 0 to S_t_star, graph 1 nohead dashtype 2 linecolor rgb "#666666"
set label 1 "t*" at S_t_star, graph 0.92 right offset -0.5,0
delta(l) = sprintf("%.3g", real(system(sprintf("sed -n %dp limits.csv | cut -d, -f2", l + 2))))
plot for [l = 0:last] "flow.csv" using (column("token") == l ? only("exp") : NaN):"v" with lines \
       linetype l+1 title "δ = ".delta(l), \
     for [l = 0:last] "flow.csv" using (only("exp")):"v_exact" every 6*(last+1)::l with points \
       pointtype 6 pointsize 0.5 linecolor rgb "#000000" title (l == 0 ? "closed form" : "")
unset arrow 1
unset label 1
set xrange [*:*]

set title "(b) entropy of the attention"
set xlabel "time t"
set ylabel "entropy (nat)"
set key bottom left
if (last == 0) { set yrange [0:1] } else { set yrange [0:*] }
set logscale x
set xrange [0.05:*]
plot "course.csv" using (only("exp")):"entropy" linetype 1 title "exp (ends at t*)", \
     "course.csv" using (only("normalised")):"entropy" linetype 2 title "normalised", \
     "course.csv" using (only("corrected")):"entropy" linetype 3 dashtype 2 title "normalised, corrected", \
     "course.csv" using (only("linear")):"entropy" linetype 5 dashtype 4 title "linear"
unset logscale x
set xrange [*:*]
set yrange [*:*]

set title "(c) spread of the invariant over the tokens"
set xlabel "largest |v|"
set ylabel "relative spread"
set logscale y
set format y "10^{%L}"
set yrange [1e-16:10]
set key center right
# The printed form speaks of equal rates and offsets; where it does not apply it is off the scale.
printed = P_eta_w == P_eta_z && strstrt(P_c, ",") == 0
shown(x) = x > 1e-16 ? x : 1e-16
plot "course.csv" using (strcol("attention") eq "exp" ? column("v_max") : NaN):(printed ? shown(column("spread_printed")) : 1e-30) linetype 2 dashtype 2 title (printed ? "erf(v/2), the slide" : ""), \
     "course.csv" using (strcol("attention") eq "exp" ? column("v_max") : NaN):(shown(column("spread"))) linetype 1 title "erf(v/√2)"

set title "(d) error of the blow-up time"
set xlabel "relative tolerance"
set ylabel "|t* measured - t*| / t*"
set logscale x
set format x "10^{%L}"
set xrange [3e-14:3e-6]
set yrange [1e-14:1e-3]
set key bottom right
of(c, m) = strcol("clock") eq c && strcol("method") eq m ? column("rtol") : NaN
if (exists("L_rtols")) { plot "integrators.csv" using (of("rescaled","adams")):"t_star_error" with linespoints linetype 1 pointtype 7 title "path length, Adams", \
     "integrators.csv" using (of("rescaled","bdf-dense")):"t_star_error" with linespoints linetype 3 pointtype 5 title "path length, BDF", \
     "integrators.csv" using (of("original","adams")):"t_star_error" with linespoints linetype 2 pointtype 6 dashtype 2 title "time, Adams", \
     "integrators.csv" using (of("original","bdf-dense")):"t_star_error" with linespoints linetype 6 pointtype 4 dashtype 2 title "time, BDF" } else { eval nothing }
unset multiplot
