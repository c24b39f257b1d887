set terminal svg size 1200,430 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
of(m, y) = strcol("optimiser") eq m ? y : NaN
set title "(a) Figure 4, right"
set key right top
set xlabel "entropy on distinct tokens (nat)"
set ylabel "share of the way left after 20 updates"
plot "small.csv" using (column("ratio") == 1 ? of("sgd", column("entropy")) : NaN):"left" with points linetype 1 pointtype 7 title "η_Y/η_Z = 1", \
     "" using (column("ratio") == 10 ? of("sgd", column("entropy")) : NaN):"left" with points linetype 2 pointtype 5 title "η_Y/η_Z = 10"
set title "(b) Figure 5, Adam: each dash a seed"
set xlabel "distinct token, by rising frequency"
set ylabel "rate η_Z, above it the seeds"
set logscale y
set yrange [0.08:2]
set xrange [-0.5:9.5]
unset key
plot for [b = 0:9] "small.csv" using (int(column("set"))/2**b % 2 == 1 ? b : NaN):(of("adam", column("rate")*(1 + 0.02*(column("seed") - P_seed)))) with points linetype 1 pointtype 5 pointsize 0.4
set title "(c) Figures 11 and 12"
unset logscale y
set xrange [0.4:12]
set yrange [0:18]
set logscale x
set key right top
set xlabel "ratio r = η_Y/η_Z at η_Z = 1; η_Z at r = 2"
set ylabel "threshold of attention, times M"
sweep(m, y) = strcol("sweep") eq m ? y : NaN
plot "medium.csv" using (sweep("ratio", column("ratio"))):"high" with points linetype 1 pointtype 9 title "r: a quarter passes", \
     "" using (sweep("ratio", column("ratio"))):"low" with points linetype 1 pointtype 11 title "r: three quarters pass", \
     "" using (sweep("eta_z", 1.06*column("eta_z"))):"high" with points linetype 2 pointtype 8 title "η_Z: a quarter passes", \
     "" using (sweep("eta_z", 1.06*column("eta_z"))):"low" with points linetype 2 pointtype 10 title "η_Z: three quarters pass"
unset multiplot
