# Why: the mean attention moves, and Theorem 1's condition is violated.
set terminal svg size 1000,400 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
of(name, what) = strcol("case") eq name && strcol("gradient") eq P_loss ? column(what) : NaN
last = P_steps - 1
tick = 10 ** floor(log10(last)); if (last / tick < 3) { tick = tick / 2 }
set multiplot layout 1,3
set xlabel "iteration"; set xrange [0:last]; set xtics tick
set title "how far the mean attention moves"
set ylabel "total variation of b̄ and x̄"
set yrange [0:1]; set key top left
plot "means.csv" using (of("gaussian", "iteration")):(of("gaussian", "variation")) with lines lt 1 title "gaussian X", \
     "" using (of("random", "iteration")):(of("random", "variation")) with lines lt 2 dt 2 title "random X"
set title "residual of Theorem 1's condition"
set ylabel "relative residual"
set yrange [0:0.3]
plot "means.csv" using (of("gaussian", "iteration")):(of("gaussian", "residual")) with lines lt 1 title "gaussian X", \
     "" using (of("random", "iteration")):(of("random", "residual")) with lines lt 2 dt 2 title "random X"
set title "entropy of the attention"
set ylabel "mean entropy (nat)"
set yrange [0:*]; set key bottom left
plot "means.csv" using (of("gaussian", "iteration")):(of("gaussian", "entropy")) with lines lt 1 title "gaussian X", \
     "" using (of("random", "iteration")):(of("random", "entropy")) with lines lt 2 dt 2 title "random X"
unset multiplot
