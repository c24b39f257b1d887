# The loss of every position and its mean so far.
set key top right
set xlabel "position"
set ylabel "negative log-likelihood (nat)"
set yrange [0:*]
stats "positions.csv" using "position" nooutput
sum = 0.0
plot "positions.csv" using "position":"nll" with points pointtype 7 pointsize (STATS_records > 500 ? 0.25 : 0.5) linetype 1 title "of a position", \
     "positions.csv" using "position":(sum = sum + column("nll"), sum / (column("position") + 1)) with lines linewidth 2 linetype 2 title "mean so far", \
     S_nll linecolor rgb "#000000" dashtype 3 title sprintf("mean, %.4f", S_nll)
