# Differences between engine and definition, one line a network.
set terminal svg size 960,680 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set logscale x
set format x "10^{%T}"
set xlabel "largest difference, relative"
set xrange [1e-18:10]
n = |T_networks_name|
set yrange [n + 0.5:0.5]
set for [k = 1:n] ytics (T_networks_name[k] k)
set ytics font ",12" noenhanced
set key bottom right
row(name) = (sum [k = 1:n] (T_networks_name[k] eq name ? k : 0))
shown(x) = x > 0 ? x : 1e-16
plot "networks.csv" using (shown(column("logits"))):(column(0) + 1) with points lt 1 pt 7 title "logits", \
     "" using (shown(column("gradient"))):(column(0) + 1) with points lt 2 pt 5 title "gradient", \
     "controls.csv" using "logits":(row(T_controls_name[int(column(0)) + 1])) with points lt 3 pt 2 title "logits, definition told wrongly"
