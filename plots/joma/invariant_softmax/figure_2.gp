set terminal svg size 1320,1040 dynamic enhanced font "DejaVu Sans,12" background rgb "white"
of(name, what) = strcol("case") eq name && strcol("gradient") eq P_loss ? column(what) : NaN
set multiplot
set tmargin 0; set bmargin 0; set lmargin 0; set rmargin 0
last = P_steps - 1
tick = 10 ** floor(log10(last)); if (last / tick < 3) { tick = tick / 2 }

# Top row: the paper's figure
do for [c = 1:2] {
    name = word("gaussian random", c)
    x0 = 0.05 + 0.49 * (c - 1)
    set size 0.16, 0.24; set origin x0, 0.70
    set title name eq "gaussian" ? "X: smooth over classes" : "X: random"
    set xtics autofreq; set xlabel "sample (class) i"; set ylabel "token l" offset 1.5
    set xrange [-0.5:P_N - 0.5]; set yrange [P_M - 0.5:-0.5]
    unset grid; unset key
    set cbrange [0:*]
    set colorbox user origin x0 + 0.165, 0.70 size 0.008, 0.24
    set format cb "%.2f"
    cells = P_N * P_M
    plot "distribution.csv" every ::(c - 1) * cells::c * cells - 1 using "sample":"token":"x" with image pixels
    set autoscale x; set autoscale y
    set grid
    set size 0.20, 0.24; set origin x0 + 0.25, 0.70
    set title sprintf("NC of ẑ and z, mean%s of %d seeds", P_seeds > 1 ? " ± sd" : "", P_seeds) font ",11"
    set xtics tick; set xlabel "iteration"; set ylabel "NC" offset 2
    set xrange [0:last]; set yrange [-1:1.05]
    set key bottom right width -3
    sd(what) = P_seeds > 1 ? of(name, what."_sd") : 0
    plot "means.csv" using (of(name, "iteration")):(of(name, "nc") - sd("nc")):(of(name, "nc") + sd("nc")) \
             with filledcurves lt 1 fillstyle transparent solid 0.2 notitle, \
         "" using (of(name, "iteration")):(of(name, "nc_z1") - sd("nc_z1")):(of(name, "nc_z1") + sd("nc_z1")) \
             with filledcurves lt 2 fillstyle transparent solid 0.2 notitle, \
         "" using (of(name, "iteration")):(of(name, "nc_z2") - sd("nc_z2")):(of(name, "nc_z2") + sd("nc_z2")) \
             with filledcurves lt 3 fillstyle transparent solid 0.2 notitle, \
         "" using (of(name, "iteration")):(of(name, "nc")) with lines lt 1 title "ẑ = ẑ_1 + ẑ_2 + c", \
         "" using (of(name, "iteration")):(of(name, "nc_z1")) with lines lt 2 title "ẑ_1 = Σ_k v²_k/2T", \
         "" using (of(name, "iteration")):(of(name, "nc_z2")) with lines lt 3 title "ẑ_2 = -‖V‖^2 x̄/2T", \
         "" using (of(name, "iteration")):(of(name, "nc_printed")) with lines lt 4 dt 2 title "the slide (no 1/2)"
    set autoscale y
}

# Middle row: amplitude and error
do for [c = 1:2] {
    name = word("gaussian random", c)
    x0 = 0.05 + 0.49 * (c - 1)
    set size 0.185, 0.23; set origin x0, 0.375
    set xlabel "iteration"; set logscale y; set key top left width -2
    set title name.": amplitude"
    set ylabel "slope of ẑ on z" offset 1.5
    set yrange [0.5:100]
    plot 1 with lines lw 1 lc rgb "#777777" notitle, \
         "means.csv" using (of(name, "iteration")):(of(name, "slope_printed")) with lines lt 4 dt 2 title "the slide (no 1/2)", \
         "" using (of(name, "iteration")):(of(name, "slope")) with lines lt 1 title "constant mean attention", \
         "" using (of(name, "iteration")):(of(name, "slope_moving")) with lines lt 6 title "moving mean attention", \
         "" using (of(name, "iteration")):(of(name, "slope_exact")) with lines lt 3 title "exact second term"
    set origin x0 + 0.26, 0.375
    set title name.": error"
    set ylabel "‖ẑ - z‖/‖z‖" offset 1
    set format y "10^{%L}"
    set yrange [1e-3:1e3]
    plot "means.csv" using (of(name, "iteration")):(of(name, "error_printed")) with lines lt 4 dt 2 title "the slide (no 1/2)", \
         "" using (of(name, "iteration")):(of(name, "error")) with lines lt 1 title "constant mean attention", \
         "" using (of(name, "iteration")):(of(name, "error_moving")) with lines lt 6 title "moving mean attention", \
         "" using (of(name, "iteration")):(of(name, "error_exact")) with lines lt 3 title "exact second term"
    unset format y
    unset logscale y
}

# Bottom row: why
set size 0.27, 0.21; set origin 0.05, 0.06
set title "how far the mean attention moves"
set ylabel "TV(b̄, x̄)" offset 1.5
set yrange [0:1]; set key top left width 0
plot "means.csv" using (of("gaussian", "iteration")):(of("gaussian", "variation")) with lines lt 1 title "gaussian", \
     "" using (of("random", "iteration")):(of("random", "variation")) with lines lt 2 title "random"
set origin 0.38, 0.06
set title "residual of Theorem 1's condition"
set ylabel "relative residual" offset 1.5
set yrange [0:0.3]
plot "means.csv" using (of("gaussian", "iteration")):(of("gaussian", "residual")) with lines lt 1 title "gaussian", \
     "" using (of("random", "iteration")):(of("random", "residual")) with lines lt 2 title "random"
set origin 0.71, 0.06
set title "entropy of the attention"
set ylabel "mean entropy, nats" offset 1.5
set yrange [0:*]; set key bottom left
plot "means.csv" using (of("gaussian", "iteration")):(of("gaussian", "entropy")) with lines lt 1 title "gaussian", \
     "" using (of("random", "iteration")):(of("random", "entropy")) with lines lt 2 title "random"
unset multiplot
