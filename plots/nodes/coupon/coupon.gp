set xlabel "nodes per latent K/C"
set ylabel "P(all latents found)"
set yrange [0:1.08]
set offsets graph 0.04, graph 0.04, 0, 0
set key bottom right
set title sprintf("C = %d latents, %d starts each", P_C, P_starts)
two(q, n) = 2*sqrt((q*(1 - q) > 0.25/n ? q*(1 - q) : 0.25/n)/n)
plot "found.csv" using "per_latent":"predicted" with lines lt 8 lw 3 title "coupon collector", \
     "" using "per_latent":"rule":(two(column("rule"), P_rule_starts)) with yerrorbars lt 1 pt 7 title "independent nodes (winner rule)", \
     "" using "per_latent":"joint":(two(column("joint"), P_starts)) with yerrorbars lt 2 pt 5 title "joint loss"
