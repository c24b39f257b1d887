# The loss along the trainings; bytes held.
set terminal svg size 1000,430 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
of(name, y) = strcol("method") eq name ? y : NaN
set title "(a) validation text"
set xlabel "updates"
set ylabel "loss (nat a byte)"
set key top right
set style data linespoints
set datafile missing NaN
# those that were trained: the method, beside it full Adam and W = B A
there(name) = name eq P_method || (P_beside eq "true" && (name eq "full" || name eq "lowrank"))
names = "full galore lora lowrank relora dora freeze"
titles = "'full, two groups of rates' GaLore LoRA 'W = B A' ReLoRA DoRA 'last layer alone'"
colours = "2 1 3 6 4 5 7"
shown = ""
do for [k=1:7] { if (there(word(names, k))) { shown = shown.sprintf(" %d", k) } }
plot for [k in shown] "course.csv" using "step":(of(word(names, int(k)), column("valid"))) \
     lt int(word(colours, int(k))) pt 3+2*int(k) ps 0.6 title word(titles, int(k))
unset key
set title sprintf("(b) bytes held: %s (activations: %.0f kB)", written(P_method), S_activation_bytes/1000)
set xlabel ""
set ylabel "kB"
set yrange [0:*]
set xrange [-0.6:3.6]
set style fill solid 0.7
set boxwidth 0.6
set xtics ("weights" 0, "gradients" 1, "states" 2, "Adam's states" 3)
$held << EOD
which
0
1
2
3
EOD
bytes(i) = i == 0 ? S_weight_bytes : i == 1 ? S_gradient_bytes : i == 2 ? S_state_bytes : S_adam_bytes
plot $held using 1:(bytes($1)/1000) with boxes lt 1
unset multiplot
