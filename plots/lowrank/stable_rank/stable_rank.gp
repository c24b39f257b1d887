set terminal svg size 1000,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2 margins 0.075,0.985,0.13,0.90 spacing 0.09,0.1
set xlabel "t (steps)"
set ylabel "stable rank"
set logscale x
set format x "10^{%T}"
set title sprintf("(a) %s instance, %d x %d, N = %d", P_kind, P_m, P_n, P_N) noenhanced
set yrange [0.95:*<6]
set xrange [1:*] noextend
unset key
plot "history.csv" using "t":"sr_G" with lines linetype 1, \
     "" using "t":"bound" with lines linetype 3 dashtype 4, \
     "" using "t":"bound_printed" with lines linetype 2 dashtype 2, \
     "" using "t":"sr_par" with lines linetype 8 dashtype 3
unset logscale x
set format x "%g"
set title "(b) counterexample, 2 x 2, N = 6"
set xrange [0:30 < P_counterexample_steps ? 30 : P_counterexample_steps]
set yrange [1.2:2.3]
set key top right
plot "counterexample.csv" using "t":"sr_G" with lines linetype 1 title "sr(G_t)", \
     "" using "t":"bound" with lines linetype 3 dashtype 4 title "bound, as it holds", \
     "" using "t":"bound_printed" with lines linetype 2 dashtype 2 title "bound, as printed", \
     1.25 with lines linetype 8 dashtype 3 title "limit sr(G_{par})"
unset multiplot
