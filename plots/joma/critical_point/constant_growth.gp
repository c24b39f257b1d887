# Constant a_c: growth from J > 0, revival, death.
set terminal svg size 1100,540 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set xlabel "time t" offset 0,0.3
set key above
set tmargin 6 # one height for both panels, whatever the key needs
cases = "a -a -|a|"
labels = "a_c -a_c -|a_c|"
set title "(a) size of the node"
set ylabel "‖(v, ξ)‖^2"
moves = 0
if (S_objective0 == S_objective0) {
    stats "constant.csv" using (abs(column("objective"))) nooutput
    moves = STATS_max > 0
}
if (!moves) {
    set xrange [0:1]
    set yrange [0:1]
    plot 0 with lines lw 1 lc rgb "#444444" title "no constant a was given, or the node is off"
} else {
    pick(i) = stringcolumn("case") eq word(cases, i) ? column("t") : NaN
    grows = S_objective0 >= 0 ? 1 : 2 # J(-a) = -J(a): one of them starts with J >= 0
    array positive[3]
    do for [i = 1:3] {
        stats "constant.csv" using (stringcolumn("case") eq word(cases, i) && column("objective") > 0 ? 1 : 0) nooutput
        positive[i] = STATS_max > 0
    }
    set logscale y
    set format y "10^{%T}"
    plot for [i = 1:3] "constant.csv" using (pick(i)):(column("norm")**2 + column("xi")**2) with lines lt i title word(labels, i), \
         "constant.csv" using (pick(grows)):"bound" with lines lt grows lw 1.5 dt 2 title "bound, J(0) > 0"
    set title "(b) objective J = Σ a_c E h, thin where negative"
    set ylabel "|J|"
    plot for [i = 1:3] "constant.csv" using (pick(i)):(abs(column("objective"))) with lines lt i lw 1 notitle, \
         for [i = 1:3] "constant.csv" using (pick(i)):(!positive[i] || column("objective") > 0 ? abs(column("objective")) : NaN) with lines lt i lw (positive[i] ? 3.5 : 1) title word(labels, i)
}
unset multiplot
