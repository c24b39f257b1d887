# Monte Carlo of Theorem 3 in standard errors.
set terminal svg size 1100,540 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
names = "relu tanh gelu quadratic"
known(a) = a eq "relu" || a eq "tanh" || a eq "gelu" || a eq "quadratic"
stats "montecarlo.csv" using "component" nooutput
d = int(STATS_max)
set xrange [-0.7:d + 0.7]
set xlabel sprintf("component of E[g h' x] (%d: of E[g h'])", d + 1) offset 0,0.3
if (d < 20) { set xtics 1; set for [j = 0:d] xtics add (sprintf("%d", j + 1) j) }
set ylabel "(samples - theory) / standard error"
set yrange [-6.5:6.5]
set key above
set tmargin 7 # one height for both panels, whatever the key needs
set title sprintf("(a) g constant within clusters, %.3g samples each", 1.0 * P_samples)
shift(i) = 0.15 * (i - 2.5)
plot 4.5 with lines dt 2 lc rgb "#999999" title "accepted, 4.5", -4.5 with lines dt 2 lc rgb "#999999" notitle, \
     0 with lines lw 1 lc rgb "#444444" notitle, \
     for [i = 1:4] "montecarlo.csv" using (stringcolumn("noise") eq "gauss" && stringcolumn("activation") eq word(names, i) ? column("component") + shift(i) : NaN):"z" with points lt i pt int(word("7 5 9 13", i)) ps 0.8 title written(word(names, i)), \
     "montecarlo.csv" using (stringcolumn("noise") eq "sphere" ? column("component") + 0.5 : NaN):"z" with points lt 6 pt 6 ps 0.8 title "ReLU, sphere"

set title sprintf("(b) g = y - h reacts to x, activation %s", written(P_activation))
set ylabel "|samples - theory| / standard error"
set logscale y
set yrange [0.01:*]
set key above
if (P_activation eq "step") {
    set yrange [0.01:100]
    plot 4.5 with lines dt 2 lc rgb "#999999" title "the step's derivative is an impulse: nothing to sample"
} else {
    plot 4.5 with lines dt 2 lc rgb "#999999" title "accepted, 4.5", \
         "reactive.csv" using "component":(abs(column("z_factorised"))) with points lt 2 pt 5 ps 0.9 title "factorised: P_c E[g|c] θ", \
         "reactive.csv" using "component":(abs(column("z"))) with points lt 1 pt 7 ps 0.9 title "averages of g φ' along v"
}
unset multiplot
