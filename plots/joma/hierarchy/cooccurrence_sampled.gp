# Drawn trees against the closed form.
set terminal svg size 1060,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set xlabel "height H of the common ancestor"
set xrange [0.5:P_L - 0.5]
set ylabel "(drawn - closed form) / standard error"
set yrange [-6:6]
set title P_trees > 0 ? sprintf("(a) Monte Carlo, %.3g trees", 1.0 * P_trees) : "(a) Monte Carlo: no trees were drawn"
plot 4 with lines dt 2 lc rgb "#999999" title "accepted: |z| < 4", -4 with lines dt 2 lc rgb "#999999" notitle, \
     0 with lines lw 1 lc rgb "#444444" notitle, \
     "cooccurrence.csv" using "H":(P_trees > 0 ? column("z") : 0) with points pt 7 ps (P_trees > 0 ? 1 : 0) lt 2 notitle

set title sprintf("(b) L = %d, B = %d, ρ = %g, ρ_0 = %g", P_L, P_B, P_rho, P_rho0)
set ylabel "P(y_l = 1 | y_m = 1)"
set xrange [0:P_L - 1]
set yrange [0:1.02]
set key bottom left
plot "cooccurrence.csv" using "H":"formula" with lines lt 1 title "closed form", \
     "cooccurrence.csv" using "H":(column(P_trees > 0 ? "sampled" : "formula")) with points pt 6 ps (P_trees > 0 ? 1.2 : 0) lt 2 title "drawn trees", \
     "cooccurrence.csv" using "H":"printed" with lines dt 2 lc rgb "black" title "printed, 1 - H/L"
unset multiplot
