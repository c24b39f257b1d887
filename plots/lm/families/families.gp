# Families: how far the engines are off, and how far a false reading would be.
set terminal svg size 960,560 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set logscale x
set format x "10^{%T}"
set xlabel "largest difference of a logit, over the largest logit"
set xrange [1e-9:10]
n = |T_opened_family|
set yrange [n + 0.5:0.5]
set for [k = 1:n] ytics (sprintf("%s (%s)", T_opened_family[k], T_opened_numbers[k]) k)
set ytics font ",12" noenhanced
set key at screen 0.5, 0.97 center center horizontal samplen 1
set tmargin 3
shown(x) = x > 0 ? x : 2e-9
plot "opened.csv" using (shown(column("logits"))):(column(0) + 1) with points lt 1 pt 7 title "one pass", \
     "" using (shown(column("decoded"))):(column(0) + 1.15) with points lt 2 pt 5 title "token by token", \
     "" using "control":(column(0) + 1) with points lt 3 pt 2 title "false reading"
