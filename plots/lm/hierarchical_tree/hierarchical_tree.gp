# Association and attention by height against the step; exp on the left, softmax on the right.
set terminal svg size 1060,760 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 2,2 margins 0.075,0.98,0.085,0.95 spacing 0.09,0.11
far = P_levels - 1
set logscale x
set xrange [1:P_steps]
set format x "10^{%T}"
is(a, k, h) = stringcolumn("attention") eq a && stringcolumn("keys") eq k && column("H") == h
do for [a in "exp softmax"] {
    set title (a eq "exp" ? "(a) " : "(b) ").a." attention: association ‖V_l‖"
    set ylabel (a eq "exp" ? "association v_H" : "")
    set key top left
    plot for [h = 1:far] "course.csv" using "step":(is(a, "trained", h) ? column("v") : NaN) with linespoints linetype h pointtype 2*h + 2 pointinterval -6 title sprintf("H = %d", h), \
         for [h = 1:far] "course.csv" using "step":(is(a, "frozen", h) ? column("v") : NaN) with lines linetype h dashtype 2 linewidth 1.2 title (h == far ? "attention frozen" : "")
}
set xlabel "minibatch"
do for [a in "exp softmax"] {
    set title (a eq "exp" ? "(c) " : "(d) ").a.": what a leaf at height H gets (1: an even share)"
    set ylabel (a eq "exp" ? "weight over the even one" : "")
    unset key
    plot for [h = 1:far] "course.csv" using "step":(is(a, "trained", h) ? column("weight") : NaN) with linespoints linetype h pointtype 2*h + 2 pointinterval -6 notitle, \
         1 with lines linetype 8 dashtype 3 linewidth 1 notitle
}
unset multiplot
