# The flow: logits, attention, gain and loss, entropies. Reduced models have no tokens table rows.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
per_token = int(system("wc -l < tokens.csv")) > 1
# texts may have no distinct tokens at all, other data no common ones
rows(kind) = int(system("grep -c ',".kind."' tokens.csv || true"))
distinct = rows("distinct") > 0
common = rows("common") > 0
renormalised = int(system("awk -F, 'NR==1 {for (i = 1; i <= NF; i++) if ($i == \"entropy_distinct\") c = i} NR > 1 && $c != \"\" {n++} END {print n + 0}' course.csv")) > 0
set multiplot layout 2,2
set style data lines
set logscale x
set format x "10^{%L}"
set xlabel "time t"
of(k, y) = (column("class") == 0 && strcol("kind") eq k && column("t") > 0) ? y : NaN
if (S_z_max - S_z_min < 1e-12) { set yrange [-1:1] } # the attention never moves
# The points are small; the key shows larger ones.
seen(colour, name) = sprintf('keyentry with linespoints pt 7 ps 1.1 lw 2 lc rgb "%s" title "%s"', colour, name)
set title "(a) attention logits of class 0"
set ylabel "attention logit z_{ml}"
set key top left
if (per_token) {
both = "plot "
if (distinct) { both = both.'"tokens.csv" using "t":(of("distinct", column("z"))) with points pt 7 ps 0.3 lc rgb "#0072b2" notitle, '.seen("#0072b2", "distinct tokens") }
if (common) { both = both.(distinct ? ", " : "").'"tokens.csv" using "t":(of("common", column("z"))) with points pt 7 ps 0.3 lc rgb "#d55e00" notitle, '.seen("#d55e00", "common tokens") }
eval both
} else {
plot "course.csv" using "t":"z_max" title "largest z", "" using "t":"z_min" title "smallest z"
}
set yrange [*:*]
set title "(b) attention of class 0"
set ylabel "attention c_{nl}"
if (per_token) {
both = "plot "
if (distinct) { both = both.'"tokens.csv" using "t":(of("distinct", column("c"))) with points pt 7 ps 0.3 lc rgb "#0072b2" notitle, '.seen("#0072b2", "distinct tokens") }
if (common) { both = both.(distinct ? ", " : "").'"tokens.csv" using "t":(of("common", column("c"))) with points pt 7 ps 0.3 lc rgb "#d55e00" notitle, '.seen("#d55e00", "common tokens") }
eval both
} else {
set ylabel "mass of the common tokens"
plot "course.csv" using "t":"common_mass" notitle
}
if (abs(S_B) < 1e-12) { set yrange [-1:1] }
set title "(c) gain and loss"
set ylabel "mean gain B_n"
set y2label "loss (nat)"
set logscale y2
set format y2 "10^{%L}"
set y2tics nomirror
set key center left
plot "course.csv" using "t":"B" title "B (left)", \
     "" using "t":"loss" axes x1y2 linetype 2 dashtype 2 title "loss (right)"
unset y2label
unset y2tics
set yrange [*:*]
set title "(d) entropy of the attention, mean over classes"
set yrange [*:*]
set offsets 0, 0, graph 0.05, graph 0.3
set key bottom left
set ylabel "entropy (nat)"
if (renormalised) {
plot "course.csv" using "t":"entropy_support" title "whole support", \
     "" using "t":"entropy_distinct" linetype 3 dashtype 2 title "distinct tokens, renormalised"
} else {
plot "course.csv" using "t":"entropy_support" title "whole support"
}
unset multiplot
