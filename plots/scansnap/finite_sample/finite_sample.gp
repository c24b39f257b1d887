# Errors of finite step, context and batch, with the power laws that they follow.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
set multiplot layout 2,2
set logscale xy
set format y "10^{%L}"
set format x "%g"
set style data points
set pointsize 0.9
set key bottom right
set title "(a) gradient descent on the population"
set xlabel "step dt"
set ylabel "relative error of z"
if (exists("L_euler_steps")) {
stats "euler.csv" using (column("error")/column("step")) nooutput
e = STATS_median
plot "euler.csv" using "step":"error" pt 7 title "against the flow", \
     e*x with lines lt 8 dt 2 title sprintf("%.3g dt", e)
} else { eval nothing }
set title "(b) contexts of length T"
set xlabel "context length T"
set ylabel "relative bias of z"
set key bottom left
if (exists("L_lengths")) {
stats "bias.csv" using "T" nooutput
from = STATS_max >= 500 ? 500 : 0
stats "bias.csv" using (column("T") >= from ? column("bias")*column("T") : NaN) nooutput
b = STATS_median
plot "bias.csv" using "T":"bias":"noise" with yerrorbars pt 7 title sprintf("mean of %d seeds", P_seeds), \
     b/x with lines lt 8 dt 2 title sprintf("%.3g / T", b)
} else { eval nothing }
of(s) = strcol("series") eq s ? column("noise") : NaN
set ylabel "relative noise of z"
set title sprintf("(c) random labels, batch %d", P_noise_batch)
set xlabel "step dt"
set key bottom right
if (exists("L_noise_steps")) {
stats "noise.csv" using (strcol("series") eq "step" ? column("noise")/sqrt(column("step")) : NaN) nooutput
s = STATS_median
plot "noise.csv" using "step":(of("step")):"standard_error" with yerrorbars pt 7 title "sd over seeds", \
     s*sqrt(x) with lines lt 8 dt 2 title "∝ dt^{1/2}"
} else { eval nothing }
set title sprintf("(d) random labels, step %g", P_length_step)
set xlabel "batch B"
set key top right
if (exists("L_noise_batches")) {
stats "noise.csv" using (strcol("series") eq "batch" ? column("noise")*sqrt(column("batch")) : NaN) nooutput
n = STATS_median
plot "noise.csv" using "batch":(of("batch")):"standard_error" with yerrorbars pt 7 title "sd over seeds", \
     n/sqrt(x) with lines lt 8 dt 2 title "∝ B^{-1/2}"
} else { eval nothing }
unset multiplot
