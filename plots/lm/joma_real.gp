# Theorem 1's prediction of the attention logits, from its own setting to a network on text.
set terminal svg size 1100,820 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
n = 6 + int(P_layers)
name(k) = k < 6 ? word("exp softmax +LayerNorm +Adam +embedding +maps", k + 1) : sprintf("text, layer %d", k - 5)
last(k) = k < 6 ? P_steps : P_minibatches
of(k, c) = column("rung") == k ? column(c) : NaN
set style data lines
set multiplot layout 2,2
set bmargin 4
set key outside right center
set xlabel "share of the training"
set xrange [0:1]
set title "(a) relative error of the predicted change"
set ylabel "|zhat - dz| / |dz|"
set logscale y
set format y "10^{%L}"
plot for [k = 0:n - 1] "course.csv" using (column("step")/last(k)):(of(k, "relative_error")) linetype k + 1 title name(k)
unset logscale y
set format y "%g"
set title "(b) centred correlation"
set ylabel "NC(zhat, dz)"
set yrange [-1:1.05]
plot for [k = 0:n - 1] "course.csv" using (column("step")/last(k)):(of(k, "nc")) linetype k + 1 title name(k)
set title "(c) slope"
set ylabel "slope of zhat on dz"
set yrange [-3:5]
plot for [k = 0:n - 1] "course.csv" using (column("step")/last(k)):(of(k, "slope")) linetype k + 1 title name(k), \
     1 linecolor rgb "#000000" dashtype 3 title "as predicted"
set title "(d) relative error at the end"
set ylabel "|zhat - dz| / |dz|"
set logscale y
set format y "10^{%L}"
set yrange [5e-4:*]
set xrange [-0.6:n - 0.4]
unset xlabel
unset key
set xtics rotate by -35 out
set for [k = 0:n - 1] xtics add (name(k) k)
set xtics add ("" -1)
set style data points
plot "rungs.csv" using "rung":"relative_error":(column("rung") + 1) with points pointtype 7 pointsize 1.4 linecolor variable
unset multiplot
