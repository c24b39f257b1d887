set logscale xy
set format y "10^{%L}"
set xlabel "width d"
set ylabel "|Z - Z_{orthonormal}|/|Z_{orthonormal}|"
set key top right
set xrange [*:*] noextend
set yrange [*:*] noextend
set offsets graph 0.1, graph 0.1, graph 0.25, graph 0.1
n = |L_eta_us|
stats "fits.csv" using "prefactor" nooutput
c = STATS_mean
plot c/sqrt(x) with lines lt 8 title sprintf("%.2f/d^{1/2}", c), \
     for [i=1:n] "distances.csv" using (column("eta_u") == L_eta_us[i] ? column("d") : NaN):"mean":(2*column("error")) with yerrorbars lt i pt 5+i title (L_eta_us[i] > 0 ? sprintf("trained, η_u = %g", L_eta_us[i]) : "fixed embeddings")
