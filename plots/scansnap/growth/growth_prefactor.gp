sets = "1-1-1 5-1-1 10-1-1 5-3-2 10-10-2 10-10-1"
of(i, m, y) = strcol("data") eq word(sets, i) && strcol("model") eq m ? y : NaN
set logscale xy
set format x "10^{%L}"
set xlabel "internal time σ (ρ = 1)"
set ylabel "dB_n/d ln σ"
set yrange [0.05:20]
set key outside right top title "D-G-N" samplen 1.5
set title "solid: coupled flow; dashed: quasi-static decoder; dotted: predicted"
plot for [i=1:words(sets)] "late.csv" using "sigma":(of(i, "coupled", column("local"))) with lines lt i lw 2.5 title word(sets, i), \
     for [i=1:words(sets)] "" using "sigma":(of(i, "qsd", column("local"))) with lines lt i dt 2 notitle, \
     for [i=1:words(sets)] "" using "sigma":(of(i, "coupled", column("sigma") > 30 ? column("predicted") : NaN)) with lines lt i lw 1 dt 3 notitle, \
     for [i=1:words(sets)] "" using "sigma":(of(i, "qsd", column("sigma") > 30 ? column("predicted") : NaN)) with lines lt i lw 1 dt 3 notitle, \
     0.5 with lines lt 8 dt 4 title "Theorem 4"
