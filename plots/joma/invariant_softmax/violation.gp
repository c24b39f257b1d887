set terminal svg size 1200,430 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
wide = strlen(P_widths) > 0; blend = strlen(P_blends) > 0
set multiplot layout 1,3 margins 0.06,0.945,0.15,0.9 spacing 0.13,0
if (strlen(P_delta) > 0) {
set title sprintf("(a) flow, t = %g (filled), %g (open)", P_t_end, 0.1 * P_t_end)
set xlabel "spread δ of the samples"; set ylabel "‖ẑ - z‖/‖z‖" offset 1
set logscale xy; set format xy "10^{%L}"
# δ = 0 is drawn at the left edge
stats "violation.csv" using (column("delta") > 0 ? column("delta") : 1) name "delta" nooutput
left = delta_min / 10
set xtics ("0" left)
do for [e = -12:2] { if (10 ** e >= 0.99 * delta_min && 10 ** e <= 1.01 * delta_max) { set xtics add (sprintf("10^{%d}", e) 10 ** e) } }
at(d) = d > 0 ? d : left
set xrange [left / 2:delta_max * 3 > 3 ? delta_max * 3 : 3]
set yrange [1e-15:1e3]
set key at graph 0.97, 0.45 right top
plot "violation.csv" using (at(column("delta"))):(column("t") == P_t_end ? column("printed") : 1e-99) with points lt 4 pt 9 title "the slide (no 1/2)", \
     "" using (at(column("delta"))):(column("t") == P_t_end ? column("constant") : 1e-99) with points lt 1 pt 5 title "constant mean attention", \
     "" using (at(column("delta"))):(column("t") == P_t_end ? column("moving") : 1e-99) with points lt 6 pt 7 title "moving mean attention", \
     "" using (at(column("delta"))):(column("t") != P_t_end ? column("printed") : 1e-99) with points lt 4 pt 8 notitle, \
     "" using (at(column("delta"))):(column("t") != P_t_end ? column("constant") : 1e-99) with points lt 1 pt 4 notitle, \
     "" using (at(column("delta"))):(column("t") != P_t_end ? column("moving") : 1e-99) with points lt 6 pt 6 notitle
set xtics autofreq
}
unset format; unset logscale
do for [k = 1:2] {
    kind = word("width blend", k)
    if (k == 1 ? wide : blend) {
        set title k == 1 ? "(b) Figure 2's setting, by width" : "(c) gaussian (0) to random (1)"
        set xlabel k == 1 ? "width of the gaussian X" : "blend of X"
        set ylabel "final NC" offset 1.5 textcolor rgb "#0072b2"
        set y2label "final ‖ẑ - z‖/‖z‖" offset -1.5 textcolor rgb "#d55e00"
        set ytics nomirror; set y2tics
        set yrange [0.8:1.05]; set y2range [0.1:100]; set logscale y2
        set key at graph 0.97, 0.98 right top
        if (k == 1) { set logscale x; set xrange [0.5:2000] } else { unset logscale x; set xrange [-0.05:1.05] }
        plot "sweep.csv" using (strcol("kind") eq kind ? column("value") : NaN):"nc":(strlen(strcol("nc_sd")) ? column("nc_sd") : 0) with yerrorbars lt 1 pt 7 title "NC", \
             "" using (strcol("kind") eq kind ? column("value") : NaN):"error":(strlen(strcol("error_sd")) ? column("error_sd") : 0) axes x1y2 with yerrorbars lt 2 pt 5 title "relative error"
        unset logscale x
    }
}
unset multiplot
