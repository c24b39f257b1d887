# The pair of the 7B table and its 32-bit twins: losses along the training, each at its best rate.
set datafile missing NaN
d = L_widths[|L_widths|]
ways = "full adam8bit galore galore8bit"
titles = "'Adam' 'Adam, 8 bits' 'GaLore' 'GaLore, 8 bits'"
array rate[4]
do for [k=1:4] {
  rate[k] = 0
  do for [i=1:|T_best_way|] { if (T_best_way[i] eq word(ways, k)) { rate[k] = i } }
}
set xlabel "updates"
set ylabel "loss of the minibatches (nat a byte)"
set key top right
array best[4]
do for [k=1:4] { stats "best.csv" using "rate" every ::(rate[k]-1)::(rate[k]-1) nooutput; best[k] = STATS_max }
near(a, b) = abs(a - b) <= 1e-9*abs(b)
row(k) = strcol("way") eq word(ways, k) && column("width") == d && column("seed") == P_seed && near(column("rate"), best[k])
plot for [k=1:3:2] "curves.csv" using (row(k) ? column("step") : NaN):"loss" with lines lt k lw 5 \
     title sprintf("%s (rate %g)", word(titles, k), best[k]), \
     for [k=2:4:2] "" using (row(k) ? column("step") : NaN):"loss" with linespoints lt k pt 3+2*k ps 0.6 \
     title sprintf("%s (rate %g)", word(titles, k), best[k])
