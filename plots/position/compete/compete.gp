set terminal svg size 900,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set bmargin 4
of(l, y) = column("late") == l ? y : NaN
stats "course.csv" using "late" nooutput

set title "(a) content's share"
set logscale x
set format x "10^{%L}"
set xlabel "time t"
set ylabel "share of content in the log odds"
set yrange [0:1]
set key top right samplen 1.5
plot "course.csv" using (of(0, column("t"))):"rate_share" with lines lt 1 title "of the rate", \
     "" using (of(0, column("t"))):"predicted" every 3 with points lt 7 pt 6 ps 0.7 title "X_z/(X_z + X_p)", \
     "" using (of(0, column("t"))):"content" with lines lt 2 dt 2 title "of the growth so far"

set title "(b) positions, late"
set xlabel "internal time σ"
set ylabel "position logit p_r"
set yrange [*:*]
set key top left Left reverse
R = |L_shares|
plot for [r=1:R] "positions.csv" using (of(1, column("position") == r ? column("t") : NaN)):"p" with points lt r pt 2*r+3 ps 0.6 title sprintf("r = %d, π = %g, s = %g", r, L_shares[r], L_commons[r])
unset multiplot
