set logscale y
set format y "10^{%L}"
set xlabel "minibatches"
set ylabel "largest entry of the form"
set yrange [1e-18:1e2]
set key center right
forms = '"d x d, W as one" "d x d, W_Q and W_K apart" "token law"'
shown = '"d × d, W as one" "d × d, W_Q and W_K apart" "token law"'
T_entries_form_ = |T_entries_form|
of(f, y) = T_entries_form[int(column(0)) + 1] eq word(forms, f) ? y : NaN
plot for [f=1:3] "entries.csv" using "step":(of(f, column("drift"))) with points lt f pt 7 ps 0.5 title "drift, ".word(shown, f), \
     for [f=1:3] "" using "step":(of(f, column("explained"))) with points lt f pt 6 ps 0.9 notitle, \
     for [f=1:3] "" using "step":(of(f, column("left") + 1e-17)) with points lt f pt 1 ps 0.4 notitle, \
     keyentry with points lt 8 pt 6 ps 0.9 title "form of the steps", \
     keyentry with points lt 8 pt 1 ps 0.6 title "what is left"
