# The paper's figure: a row for each distribution, X and the correlations.
set terminal svg size 900,720 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
of(name, what) = strcol("case") eq name && strcol("gradient") eq P_loss ? column(what) : NaN
last = P_steps - 1
tick = 10 ** floor(log10(last)); if (last / tick < 3) { tick = tick / 2 }
set multiplot layout 2,2
do for [c = 1:2] {
    name = word("gaussian random", c)
    set title name eq "gaussian" ? "X smooth over classes (gaussian)" : "X random"
    set xtics autofreq; set xlabel "sample (class) i"; set ylabel "token l"
    set xrange [-0.5:P_N - 0.5]; set yrange [P_M - 0.5:-0.5]
    unset grid; unset key
    set cbrange [0:*]
    set format cb "%.2f"
    set cblabel "P(l|i)" offset 1.2,0
    cells = P_N * P_M
    plot "distribution.csv" every ::(c - 1) * cells::c * cells - 1 using "sample":"token":"x" with image pixels
    set autoscale x; set autoscale y
    set grid
    set title sprintf("NC of ẑ and z, mean%s of %d seeds", P_seeds > 1 ? " ± sd" : "", P_seeds)
    set xtics tick; set xlabel "iteration"; set ylabel "correlation NC"
    set xrange [0:last]; set yrange [-1:1.05]
    set key bottom right
    sd(what) = P_seeds > 1 ? of(name, what."_sd") : 0
    plot "means.csv" using (of(name, "iteration")):(of(name, "nc") - sd("nc")):(of(name, "nc") + sd("nc")) \
             with filledcurves lt 1 fillstyle transparent solid 0.2 notitle, \
         "" using (of(name, "iteration")):(of(name, "nc_z1") - sd("nc_z1")):(of(name, "nc_z1") + sd("nc_z1")) \
             with filledcurves lt 2 fillstyle transparent solid 0.2 notitle, \
         "" using (of(name, "iteration")):(of(name, "nc_z2") - sd("nc_z2")):(of(name, "nc_z2") + sd("nc_z2")) \
             with filledcurves lt 3 fillstyle transparent solid 0.2 notitle, \
         "" using (of(name, "iteration")):(of(name, "nc")) with lines lt 1 title "ẑ = ẑ_1 + ẑ_2 + c", \
         "" using (of(name, "iteration")):(of(name, "nc_z1")) with lines lt 2 dt 3 title "ẑ_1 = Σ_k v²_k/2T", \
         "" using (of(name, "iteration")):(of(name, "nc_z2")) with lines lt 3 dt 4 title "ẑ_2 = -‖V‖^2 x̄/2T", \
         "" using (of(name, "iteration")):(of(name, "nc_printed")) with lines lt 4 dt 2 title "the slide (no 1/2)"
    set autoscale y
}
unset multiplot
