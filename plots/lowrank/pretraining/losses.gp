# The loss at the end over the rate, at the largest size; bytes that each method holds there.
set terminal svg size 1000,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set datafile missing NaN
ways = "full galore lowrank lora relora adam8bit galore8bit adafactor"
titles = "'full Adam' GaLore 'W = B A' LoRA ReLoRA 'Adam, 8 bits' 'GaLore, 8 bits' Adafactor"
d = L_widths[|L_widths|]
here(name, y) = (strcol("way") eq name && column("width") == d) ? y : NaN
set title sprintf("(a) loss at the end over the largest rate, d = %g, r = %g", d, d/P_share)
set ylabel "loss on the validation text (nat a byte)"
set logscale x
set key bmargin center horizontal maxcols 4 samplen 2 font ",11"
set xtics (L_rates[1])
set for [i=2:|L_rates|] xtics add (L_rates[i])
set xrange [L_rates[1]*0.8:L_rates[|L_rates|]*1.25]
plot for [k=1:8] "trainings.csv" using (here(word(ways, k), column("rate"))):"valid" smooth unique \
     with linespoints lt k pt 3+k ps 0.6 title word(titles, k)
unset logscale
unset key
set xrange [*:*]
set title "(b) bytes held there"
set ylabel "kB"
set xlabel ""
set yrange [0:*]
set style data histograms
set style histogram rowstacked
set style fill solid 0.8
set boxwidth 0.7
set xtics autofreq rotate by -35
set key inside top right vertical maxcols 1
label(name) = word(titles, sum [k=1:8] (word(ways, k) eq name ? k : 0))
pick(y) = (column("width") == d) ? y/1000.0 : NaN
set xrange [-0.6:7.6]
plot "best.csv" using (pick(column("weights"))):xtic(label(strcol("way"))) every ::8*(|L_widths|-1) lt 1 title "weights", \
     "" using (pick(column("gradients"))) every ::8*(|L_widths|-1) lt 2 title "gradients", \
     "" using (pick(column("states"))) every ::8*(|L_widths|-1) lt 3 title "states"
unset multiplot
