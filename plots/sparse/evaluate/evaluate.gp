# Loss with a part of the units against that with all.
set key top left
set xlabel "negative log-likelihood with all units (nat)"
set ylabel "with a part of them (nat)"
plot "positions.csv" using "dense":"nll" with points pointtype 7 pointsize 0.35 linetype 1 title "a position", \
     x linecolor rgb "#000000" dashtype 3 title "equal"
