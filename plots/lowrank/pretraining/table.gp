# The talk's table at this scale: each method at its best rate, by size, with errors over seeds.
set terminal svg size 1200,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set datafile missing NaN
ways = "full galore lowrank lora relora adam8bit galore8bit adafactor"
titles = "'full Adam' GaLore 'W = B A' LoRA ReLoRA 'Adam, 8 bits' 'GaLore, 8 bits' Adafactor"
place(name) = sum [k=1:8] (word(ways, k) eq name ? k : 0)
n = |L_widths|
# sizes side by side
at(name, w) = place(name) + 0.16*(w - (n + 1)/2.0)
here(w) = column("width") == L_widths[w]
# Twice a standard error. One seed has none, and its field is empty: gnuplot 6 would drop the point.
two(name, by) = P_seeds > 1 ? 2*column(name)/by : 0
set xrange [0.4:8.6]
set for [k=1:8] xtics rotate by -35 (word(titles, 1) 1)
set for [k=2:8] xtics add (word(titles, k) k)
set grid noxtics
set key top left Left reverse samplen 1
set offsets 0, 0, graph 0.22, graph 0.03
set title sprintf("(a) validation loss at the best rate, d/r = %g", P_share)
set ylabel "loss (nat a byte)"
plot for [w=1:n] "best.csv" using (here(w) ? at(strcol("way"), w) : NaN):"valid":(two("deviation", sqrt(P_seeds))) \
     with yerrorbars lt w pt 5+2*w ps 0.8 title sprintf("d = %g", L_widths[w])
set title "(b) behind full Adam, seed by seed"
set ylabel "difference (nat a byte)"
set arrow 1 from graph 0, first 0.06 to graph 1, first 0.06 nohead dashtype 2 lc rgb "#888888"
set arrow 2 from graph 0, first 0 to graph 1, first 0 nohead dashtype 1 lc rgb "#888888"
full(w) = here(w) && strcol("than") eq "full"
plot for [w=1:n] "apart.csv" using (full(w) ? at(strcol("way"), w) : NaN):"behind":(two("error", 1)) \
     with yerrorbars lt w pt 5+2*w ps 0.8 title sprintf("d = %g", L_widths[w])
unset arrow
set title "(c) printed, at 60M to 7B parameters"
set ylabel "difference (nat a token)"
set logscale y
set yrange [1e-3:10]
set key top right noreverse Right
sizes = "60M 130M 350M 1B 7B"
printed(s) = strcol("size") eq word(sizes, s) && column("behind") > 0
plot for [s=1:5] "printed.csv" using (printed(s) ? place(strcol("way")) + 0.12*(s - 3) : NaN):"behind" \
     with points lt s pt 5+2*(s % 3) ps 0.8 title word(sizes, s)
unset multiplot
