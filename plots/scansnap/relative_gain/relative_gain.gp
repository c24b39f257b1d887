stats "expansion.csv" using "xi_spread" name "E" nooutput
set logscale xy
set format "10^{%L}"
set title "coupled flow, η_Y/η_Z = ".P_ratios.": one curve"
set xlabel "ρ σ^2,   ρ = (η_Z/η_Y) K/(K-1)"
set ylabel "spread of ξ_{nl} over the distinct tokens, (max - min)/mean"
set yrange [1e-8:1e3]
set xrange [1e-7:*]
set key top left reverse Left
plot for [c=1:|L_classes|] "gain.csv" using "rho_sigma2":(strcol("model") eq "coupled" && column("K") == L_classes[c] ? column("xi_spread") : NaN) with points lt c pt 2*c+2 ps 0.5 title "K = ".sprintf("%g", L_classes[c]), \
     E_mean * x with lines lt 7 dt 2 title "first order: (max f^2 - min f^2) ρ σ^2/3"
