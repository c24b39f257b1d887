# Loss by scheme: every training, and each scheme at its best rate. Untrained: the time of a token.
names = "none immediate repeat reverse deep longer"
place(s) = s eq "none" ? 1 : s eq "immediate" ? 2 : s eq "repeat" ? 3 : s eq "reverse" ? 4 : s eq "deep" ? 5 : 6
set xrange [0.5:6.5]
set for [k = 1:6] xtics (word(names, k) k)
set key top right
set offsets 0, 0, graph 0.1, graph 0.1
if (P_untrained eq "true") { set ylabel "time of a decoded token (ms)"; set yrange [0:*]; plot "schemes.csv" using (place(strcol("scheme"))):"time" with points lt 1 pt 7 title "median over rounds" } else { set ylabel "validation loss (nat a byte)"; plot "trainings.csv" using (place(strcol("scheme"))):"loss" with points lt 2 pt 7 ps 0.5 title "every rate and seed", "schemes.csv" using (place(strcol("scheme"))):"loss" with points lt 1 pt 5 title "at its best rate, mean" }
