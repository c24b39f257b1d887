set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set bmargin 4

set title "(a) the Gram matrix at the end"
set xlabel "from decoder and attention"
set ylabel "Γ(Γ - I)/η_u"
set key top left Left reverse samplen 1.5
plot x with lines lt 8 lw 1 title "equal", \
     "entries.csv" using (column("row") == column("column") ? column("right") : NaN):"left" with points lt 2 pt 7 ps 0.6 title "diagonal", \
     "" using (column("row") != column("column") ? column("right") : NaN):"left" with points lt 1 pt 6 ps 0.5 title "pairs of tokens"

set title "(b) its eigenvalues"
set logscale x
set format x "10^{%L}"
set xlabel "time t"
set ylabel "eigenvalues of Γ"
unset key
stats "spectrum.csv" using "index" nooutput
M = int(STATS_max) + 1
plot for [k=0:M-1] "spectrum.csv" every M::k using "t":"value" with lines lt 1 lw 1.5

set title "(c) exact and first order"
set logscale y
set format y "10^{%L}"
set xlabel "|Γ - I|"
set ylabel "relative error of Γ"
set yrange [1e-15:1e3]
set key center left Left reverse
of(s, y) = strcol("start") eq s ? y : NaN
plot "gram.csv" using (of("orthonormal", column("size"))):"early" with lines lt 2 dt 2 title "first order", \
     "" using (of("orthonormal", column("size"))):"residual" with lines lt 1 title "exact", \
     "" using (of("gaussian", column("size"))):"residual" with points lt 8 pt 7 ps 0.4 title "exact, from gaussian U"
unset multiplot
