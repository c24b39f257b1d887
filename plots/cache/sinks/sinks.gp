# Attention to the first token over training and at the end; norms of its key and value; caches that
# keep few first tokens.
set terminal svg size 1100,900 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 2,2
of(v, l, y) = strcol("variant") eq v && column("layer") == l && column("seed") == L_seeds[1] ? y : NaN
layers = int(P_layers)
stats "streams.csv" using "uniform" nooutput
uniform = STATS_min
set title "(a) attention to the first token over training"
set xlabel "updates"
set ylabel "share of the attention"
set key top left
set yrange [0:*]
set offsets 0, 0, graph 0.45, 0
set datafile missing NaN
set style data linespoints
plot for [l = 0:layers - 1] "course.csv" using "update":(of("bos", l, column("first"))) lt l + 1 pt 7 ps 0.5 title sprintf("layer %d, BOS first", l), \
     for [l = 0:layers - 1] "" using "update":(of("plain", l, column("first"))) lt l + 1 dt 2 pt 6 ps 0.5 title sprintf("layer %d, control", l), \
     uniform lt 7 lw 1 title "uniform"
# Means over sequences, in the order in which variants come.
set title "(b) at the end, mean over layers"
names = ""
stats "streams.csv" using (strstrt(names, " " . strcol("variant") . " ") ? 0 : (names = names . " " . strcol("variant") . " ", 1)) nooutput
count = words(names)
set xlabel ""
set ylabel "share of the attention"
set xrange [-0.6:count - 0.4]
set xtics ()
do for [i = 1:count] { set xtics add (written(word(names, i)) i - 1) }
if (count > 4) { set xtics rotate by -35 }
array mean[count]
array error[count]
do for [i = 1:count] {
    stats "streams.csv" using (strcol("variant") eq word(names, i) ? column("first") : NaN) nooutput
    mean[i] = STATS_mean
    error[i] = STATS_ssd / sqrt(STATS_records)
}
set key top right noautotitle
plot sample [i = 1:count:1] "+" using ($1 - 1):(mean[int($1)]):(2 * error[int($1)]) with yerrorbars lt 1 pt 7 ps 0.9 title "all seeds, two standard errors", \
     [x = -0.6:count - 0.4] "+" using 1:(uniform) with lines lt 7 lw 1 title "uniform"
set key autotitle columnhead
set title "(c) the first token's key and value"
set xlabel "layer"
set ylabel "norm over that of the other tokens"
set xrange [-0.5:layers - 0.5]
set xtics norotate autofreq 1
set offsets 0, 0, graph 0.35, 0
plot "norms.csv" using (column("layer") - 0.06):(of("bos", column("layer"), column("key_first") / column("key_others"))) with points lt 1 pt 7 ps 1 title "key, BOS first", \
     "" using (column("layer") + 0.02):(of("bos", column("layer"), column("value_first") / column("value_others"))) with points lt 2 pt 5 ps 1 title "value, BOS first", \
     "" using (column("layer") - 0.02):(of("plain", column("layer"), column("key_first") / column("key_others"))) with points lt 1 pt 6 ps 1 title "key, control", \
     "" using (column("layer") + 0.06):(of("plain", column("layer"), column("value_first") / column("value_others"))) with points lt 2 pt 4 ps 1 title "value, control", \
     1 lt 8 lw 1 notitle
set title "(d) first tokens kept beside the newest"
set xlabel "sinks kept"
set ylabel "excess of the loss over one sink (nat)"
set xrange [-0.4:4.4]
set yrange [*:*]
set xtics autofreq 1
set offsets 0, 0, graph 0.05, 0
set key top right
set xzeroaxis lt 8 lw 1
kind(v, y) = strcol("variant") eq v && column("seed") == L_seeds[1] ? y : NaN
first = "bos sink-token sink-and-bos plain zero-sink"
says = "'BOS first' 'a sink token first' 'a sink token, then BOS' 'control: nothing first' 'zero sink: nothing first'"
# controls with empty marks
mark(i) = i < 4 ? 2 * i + 3 : 2 * i - 2
# variants that this run trained
there = " "
stats "caches.csv" using (there = there . strcol("variant") . " ", 1) nooutput
drawn = ""
do for [i = 1:words(first)] { if (strstrt(there, " " . word(first, i) . " ")) { drawn = drawn . " " . i } }
variant(k) = int(word(drawn, k))
plot for [k = 1:words(drawn)] "caches.csv" using (column("sinks") + 0.06 * (variant(k) - 3)):(kind(word(first, variant(k)), column("excess"))):(2 * column("error")) \
    with yerrorbars lt variant(k) pt mark(variant(k)) ps 0.9 title word(says, variant(k))
unset multiplot
