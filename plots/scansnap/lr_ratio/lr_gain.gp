of(s, y) = strcol("sweep") eq s ? y : NaN
set datafile missing NaN
set logscale xy
set format x "10^{%L}"
set xlabel "rate swept"
set ylabel sprintf("gain B_n at t = %g", P_t_end)
set title sprintf("flow, authors' data, K = %d, N = %d", P_flow_classes, P_flow_per_last)
set key bottom right
set arrow from 10.0*P_flow_classes/P_t_end, graph 0 to 10.0*P_flow_classes/P_t_end, graph 1 nohead lt 8 dt 2
set label "η_Y t/K = 10" at 10.0*P_flow_classes/P_t_end, graph 0.05 offset 0.5,0 textcolor rgb "#777777"
plot "flow.csv" using "factor":(of("eta_y", column("B"))) with linespoints lt 1 pt 7 title sprintf("η_Y, at η_Z = %g", P_eta_z), \
     "" using "factor":(of("eta_z", column("B"))) with linespoints lt 2 pt 6 title sprintf("η_Z, at η_Y = %g", P_eta_y)
