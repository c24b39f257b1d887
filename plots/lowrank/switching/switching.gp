# One panel a rank (the first three of the run), one line a period.
set terminal svg size 1060,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
blanks(s) = strstrt(s, ",") == 0 ? s : s[1:strstrt(s, ",") - 1]." ".blanks(s[strstrt(s, ",") + 1:*])
ranks = blanks(P_r)
periods = blanks(P_T)
panels = words(ranks) < 3 ? words(ranks) : 3
number(s, k) = real(word(s, k))
name(k) = number(periods, k) == 0 ? "never" : "T = ".word(periods, k)
set multiplot layout 1,panels margins 0.085,0.985,0.13,0.91 spacing 0.02,0.1
set logscale xy
set xlabel "t (steps)"
set format x "10^{%T}"
set format y "10^{%T}"
set xrange [1:P_t_end]
set yrange [1e-16:100]
set ylabel "‖G_t‖_F"
do for [i = 1:panels] {
    set title sprintf("r = %s", word(ranks, i))
    if (i > 1) { unset ylabel; set format y "" }
    if (i == 1) { set key bottom left } else { unset key }
    plot for [k = 1:words(periods)] "path.csv" \
        using "t":(column("r") == number(ranks, i) && column("T") == number(periods, k) ? column("norm_G") : NaN) \
        with linespoints linetype k pointtype 2*k + 2 pointinterval -25 title name(k)
}
unset multiplot
