set terminal svg size 900,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set bmargin 4
stats "positions.csv" using "position" nooutput
R = int(STATS_max)
stats "positions.csv" using "query" nooutput
Q = int(STATS_max) + 1
stats "positions.csv" using (column("p")) nooutput
still = STATS_max - STATS_min < 1e-12
color(r) = r
set logscale x
set format x "10^{%L}"
set xlabel "time t"

set title "(a) position logits"
set ylabel "position logit p_r"
if (still) { set yrange [-1:1] }
set key bottom left samplen 1.5
plot for [r=1:R] "positions.csv" every Q*R::(r-1) using "t":"p" with linespoints lt r pt 2*r+2 pointinterval -6 title sprintf("r = %d", r)

set title "(b) the position law"
set ylabel "(1 - e^{-p_r})/π_r"
set key bottom left samplen 1.5
plot for [r=1:R] "positions.csv" every Q*R::(r-1) using "t":"law" with lines lt r lw 1.5*(R-r)+1.5 title sprintf("r = %d", r)
unset multiplot
