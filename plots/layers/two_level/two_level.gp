set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
nd = |L_deeper|
nl = |L_local|
alone(e, y) = column("eps") == e && column("local") == 0 ? y : NaN
with(w, y) = column("eps") == P_eps && column("local") == w ? y : NaN
set multiplot layout 1,3
set bmargin 4
set key samplen 1.5 spacing 0.95

set title "(a) level 2 in time"
set xlabel "λ t"
set ylabel "loss of level 2 (nat)"
set yrange [0:1.75*log(P_Q)] # room for the key
set xrange [0:*]
if (S_courses > 0) {
plot "course.csv" using (S_lambda*column("t")):(alone(P_eps, column("loss"))) with lines lt 1 title sprintf("ε = %g", P_eps), \
     for [i=1:nd] "" using (S_lambda*column("t")):(alone(L_deeper[i], column("loss"))) with lines lt i+1 title sprintf("ε = %g", L_deeper[i]), \
     for [i=1:nl] "" using (S_lambda*column("t")):(with(L_local[i], column("loss"))) with lines lt 3+i dt 2 title sprintf("local %g", L_local[i])
} else { set multiplot next }

set title "(b) in its own clock"
set xlabel "∫ λ(c_2) dt - ln(1/ε)"
set xrange [-8:10]
set yrange [0:1.15*log(P_Q)]
unset key
if (S_courses > 0) {
plot "course.csv" using (column("clock") + log(P_eps)):(alone(P_eps, column("loss"))) with lines lt 1, \
     for [i=1:nd] "" using (column("clock") + log(L_deeper[i])):(alone(L_deeper[i], column("loss"))) with lines lt i+1, \
     for [i=1:nl] "" using (column("clock") + log(P_eps)):(with(L_local[i], column("loss"))) with lines lt 3+i dt 2
} else { set multiplot next }

set title "(c) layer 1"
set ylabel "c_2, share of A and B"
set yrange [0:1.05]
if (S_courses > 0) {
plot "course.csv" using (column("clock") + log(P_eps)):(alone(P_eps, column("c2"))) with lines lt 1, \
     for [i=1:nd] "" using (column("clock") + log(L_deeper[i])):(alone(L_deeper[i], column("c2"))) with lines lt i+1, \
     for [i=1:nl] "" using (column("clock") + log(P_eps)):(with(L_local[i], column("c2"))) with lines lt 3+i dt 2
}
unset multiplot
