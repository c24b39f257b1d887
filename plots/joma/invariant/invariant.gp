set terminal svg size 1000,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
linear = P_attention eq "linear"
r = P_eta_z / P_eta_w
slope = linear ? r : r / (2 * P_temperature)
zname = linear ? "∑_m z²_{ml}" : "∑_m z_{ml}"
set multiplot layout 2,2 margins 0.085,0.985,0.085,0.94 spacing 0.1,0.16

# top left: each token along its own line of the theorem
set title P_attention." attention, ".P_activation.", ".P_loss
set xlabel "∑_k v²_{lk}"
set ylabel zname offset 1
set key bottom right maxrows 3 width -3
set offsets graph 0.03, graph 0.03, graph 0.03, graph 0.5
tokens = P_M < 8 ? P_M : 8
array z0[8]; array s0[8]; array low[8]; array high[8]
do for [l = 1:tokens] {
    stats "tokens.csv" using (column("token") == l - 1 && column("t") == 0 ? column("square") : NaN) name "square" nooutput
    stats "tokens.csv" using (column("token") == l - 1 && column("t") == 0 ? column("z") : NaN) name "z" nooutput
    stats "tokens.csv" using (column("token") == l - 1 ? column("square") : NaN) name "all" nooutput
    z0[l] = z_min; s0[l] = square_min
    pad = 0.2 * (all_max - all_min)
    low[l] = all_min - pad; high[l] = all_max + pad
}
plot for [l = 1:tokens] [low[l]:high[l]] z0[l] + slope * (x - s0[l]) with lines lw 1 lc rgb "#777777" \
         title (l == 1 ? "Theorem 1" : ""), \
     for [l = 1:tokens] "tokens.csv" using (column("token") == l - 1 ? column("square") : NaN):"z" \
         with points lt l pt 7 ps 0.35 title sprintf("l = %d", l - 1)
unset offsets

# top right: the factor eta_z/eta_w
set title "Flow, all attentions, activations, losses"
set xlabel "η_z/η_w"
set ylabel "largest drift of an invariant" offset 1
set logscale xy
set format y "10^{%L}"
set yrange [1e-15:1e2]
set key at graph 0.97, 0.66 right top maxrows 9 width 0
if (P_survey eq "true" || P_survey eq "1") {
stats "flows.csv" using "ratio" name "ratio" nooutput
set xrange [ratio_min / 5:ratio_max * 5]
# what a curve does not show lies below the axis
plot "flows.csv" using (column("ratio") * 1.06):(strcol("outcome") eq "done" ? column("drift_no_ratio") : 1e-99) \
         with points lt 2 pt 6 ps 0.8 title "the slide, without η_z/η_w", \
     "flows.csv" using (column("ratio") * 0.94):(strcol("outcome") eq "done" ? column("drift") : 1e-99) \
         with points lt 1 pt 7 ps 0.6 title "with it (rtol 10^{-12})", \
     "flows.csv" using "ratio":(strcol("outcome") eq "stalled" ? column("drift") : 1e-99) \
         with points lt 3 pt 2 ps 0.8 title "ReLU, stalled on a kink"

# bottom left: drift and tolerance
set title "exp attention, tanh, mse, t = 1"
set xlabel "rtol"
set ylabel "largest drift" offset 1
set format x "10^{%L}"
set yrange [1e-13:1e-3]
set key inside bottom right
stats "tolerances.csv" using "rtol" name "rtol" nooutput
set xrange [rtol_min / 3:rtol_max * 3]
plot 100 * x with lines lw 1 dt 2 lc rgb "#777777" title "100 rtol", \
     "tolerances.csv" using "rtol":(strcol("method") eq "adams" ? column("drift") : 1e-99) \
         with points lt 1 pt 7 ps 0.9 title "Adams", \
     "" using "rtol":(strcol("method") eq "bdf-dense" ? column("drift") : 1e-99) \
         with points lt 2 pt 5 ps 0.8 title "BDF"

# bottom right: steps
set title sprintf("exp attention, tanh, mse, t = %g", P_t_descent)
set xlabel "step: learning rate, or h of the flow"
set ylabel "largest drift" offset 1
unset format x
set yrange [1e-17:1e1]
stats "steps.csv" using "step" name "h" nooutput
set xrange [h_min / 2:h_max * 100]
set key at graph 0.98, 0.5 right center
pick(m, y) = (strcol("method") eq m && strcol("attention") eq "exp" && strcol("activation") eq "tanh") ? column(y) : 1e-99
plot "steps.csv" using "step":(pick("sgd", "largest")) with points lt 2 pt 5 title "descent, single samples", \
     "" using "step":(pick("gd", "largest")) with points lt 1 pt 7 title "descent, all samples", \
     "" using "step":(pick("rk4", "largest")) with points lt 3 pt 9 title "flow by RK4 (slope 4)", \
     "" using "step":(pick("midpoint", "largest")) with points lt 4 pt 11 title "flow by implicit midpoint", \
     "" using "step":(pick("gd", "law_error")) with points lt 6 pt 4 title "descent less its law"
}
unset multiplot
