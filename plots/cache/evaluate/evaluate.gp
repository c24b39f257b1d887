# The loss over the stream, smoothed by an exponential mean over some 32 positions.
set key top right
set xlabel "position"
set ylabel "negative log-likelihood (nat)"
set yrange [0:*]
mean = S_nll
if (S_kept < S_tokens - 1) set arrow from S_kept, graph 0 to S_kept, graph 1 nohead dashtype 3
plot "positions.csv" using "position":"nll" with points pointtype 7 pointsize 0.25 linetype 1 title "of a position", \
     "positions.csv" using "position":(mean = mean + (column("nll") - mean) / 32) with lines linewidth 2 linetype 2 title "mean over neighbours", \
     S_nll linecolor rgb "#000000" dashtype 3 title sprintf("mean, %.4f", S_nll)
