# One run of SGD: loss, entropies, the attention of class 0.
set terminal svg size 1200,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
rows(kind) = int(system("grep -c ',".kind.",' attention.csv || true"))
distinct = rows("distinct") > 0
common = rows("common") > 0
set multiplot layout 1,3
set style data lines
set xlabel "updates"
set title "(a) loss"
set ylabel "loss (nat)"
set logscale y
set format y "10^{%L}"
plot "loss.csv" using "step":"loss" linetype 8 linewidth 1 title "each batch", \
     "course.csv" using "step":"loss_population" linetype 1 title "T → ∞"
unset logscale y
set format y "%g"
set title "(b) entropy of c_n, mean over classes"
set ylabel "entropy (nat)"
set offsets 0, 0, graph 0.05, graph 0.05
set key center right
if (distinct) {
plot "course.csv" using "step":"entropy_support" linetype 1 title "whole support", \
     "" using "step":"entropy_distinct" linetype 3 dashtype 2 title "distinct tokens"
} else {
plot "course.csv" using "step":"entropy_support" linetype 1 title "whole support"
}
set title "(c) attention of class 0"
set yrange [0:*]
set offsets 0, 0, graph 0.05, 0
set ylabel "attention c_{nl}"
set key above
of(k) = (column("class") == 0 && strcol("kind") eq k) ? column("c") : NaN
set style data points
set pointsize 0.4
if (distinct && common) {
plot "attention.csv" using "step":(of("distinct")) pt 7 lc rgb "#0072b2" title "distinct tokens", \
     "" using "step":(of("common")) pt 4 lc rgb "#d55e00" title "common tokens"
} else {
plot "attention.csv" using "step":"c" pt 7 lc rgb "#0072b2" title (distinct ? "distinct tokens" : "common tokens")
}
unset multiplot
