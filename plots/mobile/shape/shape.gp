# Loss against depth, the envelope over the rates.
set logscale x 2
set xlabel "layers"
set ylabel "validation loss (nat a byte)"
set key top right
set offsets graph 0.05, graph 0.05, graph 0.1, graph 0.05
plot "trainings.csv" using "depth":"loss" with points pointtype 7 pointsize 0.5 title "every rate and seed", \
     "curve.csv" using "depth":"loss" with linespoints pointtype 6 pointsize 1.2 title "at its best rate"
