# Loss rung by rung, at equal parameters and at equal operations.
set ylabel "validation loss (nat a byte)"
set xrange [0.5:6.5]
names = "gelu swiglu deeper tied grouped shared"
set xlabel "choice, each beside those before it"
set for [k = 1:6] xtics (written(word(names, k)) k)
set key top right
set offsets 0, 0, graph 0.1, graph 0.1
of(e, y) = strcol("equal") eq e ? y : NaN
two(x) = 2 * (x == x ? x : 0)
plot "rungs.csv" using (column("step") - 0.05):(of("parameters", column("loss"))):(two(column("error"))) with yerrorlines lt 1 pt 7 title "equal parameters", \
     "" using (column("step") + 0.05):(of("operations", column("loss"))):(two(column("error"))) with yerrorlines lt 2 dt 2 pt 5 title "equal operations as well"
