set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
n = |L_eta_bs|
of(i, y) = column("eta_b") == L_eta_bs[i] ? y : NaN
courses = S_courses
set multiplot layout 1,3
set bmargin 4

set title "(a) in time"
set logscale x
set format x "10^{%L}"
set xlabel "time t"
set ylabel "attention logit w of the common token"
set key bottom left Left reverse samplen 1.2
if (courses > 0) { stats "course.csv" using "w_fixed" nooutput }
if (courses > 0) { set yrange [1.35*STATS_min:0] }
if (courses > 0) {
plot for [i=1:n] "course.csv" using "t":(of(i, column("w"))) with lines lt i lw 2.5 title sprintf("trained, η_b = %g", L_eta_bs[i]), \
     for [i=1:n] "" using "t":(of(i, column("w_fixed"))) with lines lt i dt 2 title sprintf("fixed, η_b = %g", L_eta_bs[i])
} else {
set multiplot next
}
unset logscale x
set yrange [*:*]

set title "(b) along the orbit"
set format x "%g"
set format y "10^{%L}"
set logscale y
set xlabel "decoder's clock b"
set ylabel "|h|, mean class vector"
set key top right noreverse Right samplen 2
stats "orbit.csv" using "b":"h" nooutput
end = STATS_max_x
last = STATS_min_y
stats "orbit.csv" using "kappa" every ::199 nooutput
kappa = STATS_max
set xrange [0:end]
plot "orbit.csv" using "b":"h" with lines lt 1 lw 2.5 title "|h|", \
     last*exp(kappa*(end - x)) with lines lt 7 dt 3 title "slope -κ"
unset logscale y
set xrange [*:*]

set title "(c) the limit"
set logscale xy
set format "10^{%L}"
set xtics 1e-6,100
set xlabel "η_u/η_z"
set ylabel "-w_{∞}"
set key bottom left Left reverse samplen 1.5
stats "limit.csv" using (-column("w_inf")) nooutput
set yrange [0.03*STATS_min:20*STATS_max]
above(y) = y > 0 ? y : NaN
plot "limit.csv" using "ratio":(-column("w_inf")) with points lt 1 pt 7 title "limit", \
     "" using "ratio":(above(-column("slow"))) with lines lt 3 dt 2 title "η_u ≪ η_z", \
     "" using "ratio":(above(-column("fast"))) with lines lt 2 dt 2 title "η_u ≫ η_z", \
     "" using "ratio":(-column("floor")) with lines lt 8 dt 4 title "floor"
unset multiplot
