# Grouped bars: exact memory over that of full rank, one group a shape; crosses: printed totals.
methods = "low_rank galore lora galore_8bit adam_8bit full"
titles = '"low rank" "GaLore" "LoRA, ReLoRA" "GaLore, 8 bits" "Adam, 8 bits" "full rank"'
width = 0.14
offset(k) = (k - 3.5) * width
is(k) = strcol("method") eq word(methods, k)
set style fill solid 0.9 border rgb "white"
set boxwidth width
set ylabel "memory over that of full rank"
set xlabel "model"
set yrange [0:1.2]
set offsets 0.2, 0.2, 0, 0
unset grid
set grid ytics
set key outside top center horizontal maxrows 2 width -2
plot for [k = 1:6] "bytes.csv" using (column("position") + offset(k)):(is(k) ? column("relative") : NaN) \
         with boxes linetype k title word(titles, k), \
     for [k = 1:6] "" using (column("position") + offset(k)):(is(k) ? column("printed_relative") : NaN) \
         with points pointtype 2 pointsize 0.9 linewidth 2 linecolor rgb "black" notitle, \
     "counts.csv" using 0:(0):xticlabels(1) with dots notitle, \
     NaN with points pointtype 2 pointsize 0.9 linewidth 2 linecolor rgb "black" title "printed (G read as GiB)"
