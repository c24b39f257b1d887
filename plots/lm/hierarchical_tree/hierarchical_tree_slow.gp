# v_H/v_1, trained over frozen, at equal v_1.
set terminal svg size 1060,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2 margins 0.08,0.98,0.14,0.91 spacing 0.09,0.1
far = P_levels - 1
is(a, h) = stringcolumn("attention") eq a && column("H") == h
set xlabel "v_1, association of the nearest leaf"
do for [a in "exp softmax"] {
    set title (a eq "exp" ? "(a) " : "(b) ").a." attention"
    set ylabel (a eq "exp" ? "v_H / v_1, trained over frozen" : "")
    set key top left
    if (a eq "exp") {
        set yrange [0.88:1.12]
        plot for [h = 2:far] "slow_down.csv" using (is(a, h) ? column("v_1") : NaN):(1 + column("relative")) with linespoints linetype h pointtype 2*h + 2 pointsize 0.6 title sprintf("H = %d", h), \
             for [h = 2:far] "slow_down.csv" using (is(a, h) ? column("v_1") : NaN):(1 + column("predicted")) with lines linetype h dashtype 2 linewidth 1.2 title (h == far ? "erf law, stationary gradient" : ""), \
             1 with lines linetype 8 dashtype 3 linewidth 1 notitle
    } else {
        set yrange [*:*]
        plot for [h = 2:far] "slow_down.csv" using (is(a, h) ? column("v_1") : NaN):(1 + column("relative")) with linespoints linetype h pointtype 2*h + 2 pointsize 0.6 notitle, \
             1 with lines linetype 8 dashtype 3 linewidth 1 notitle
    }
}
unset multiplot
