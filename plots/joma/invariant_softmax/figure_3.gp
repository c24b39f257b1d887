set terminal svg size 1200,430 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot
set tmargin 0; set bmargin 0; set lmargin 0; set rmargin 0
stats "weights.csv" using (abs(column("v"))) name "v" nooutput
set palette defined (-1 "#2166ac", -0.5 "#92c5de", 0 "#f7f7f7", 0.5 "#f4a582", 1 "#b2182b")
unset grid; unset key
set xlabel "class k"; set ylabel "token l" offset 1
set xrange [-0.5:P_K - 0.5]; set yrange [P_M - 0.5:-0.5]
set cbrange [-v_max:v_max]
do for [c = 1:2] {
    stage = word("start end", c)
    set size 0.22, 0.72; set origin 0.055 + 0.285 * (c - 1), 0.16
    set title stage eq "start" ? "V at the start" : sprintf("V after %d steps", P_steps)
    if (c == 1) { unset colorbox } else { set colorbox user origin 0.57, 0.16 size 0.012, 0.72 }
    cells = P_K * P_M
    plot "weights.csv" every ::(c - 1) * cells::c * cells - 1 using "class":"token":"v" with image pixels
}
set grid; set key bottom left
set autoscale y
set size 0.31, 0.72; set origin 0.675, 0.16
set title "first column of V: v_{l0}"
set xlabel "iteration"; set ylabel "v_{l0}" offset 2
set xrange [0:P_steps - 1]
last = P_steps - 1
tick = 10 ** floor(log10(last)); if (last / tick < 3) { tick = tick / 2 }
set xtics tick
shown = P_M < 4 ? P_M : 4
plot for [l = shown:P_M - 1] "components.csv" every P_M::l using "iteration":"v" \
         with lines lw 1 lc rgb "#bbbbbb" title (l == shown ? "the other tokens" : ""), \
     for [l = 0:shown - 1] "components.csv" every P_M::l using "iteration":"v" \
         with lines lt l + 1 title sprintf("l = %d", l)
unset multiplot
