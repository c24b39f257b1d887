# Attention maps of one sequence over training (Scan&Snap, figure 7).
n = 0
if (exists("L_maps")) { n = |L_maps| }
columns_ = n < 1 ? 1 : n < 3 ? n : (n < 5 ? 2 : 3)
rows_ = n < 1 ? 1 : int(ceil(n/real(columns_)))
set terminal svg size 130 + 480*columns_, 60 + 430*rows_ dynamic enhanced font "DejaVu Sans,13" background rgb "white"
T = int(P_length)
set multiplot layout rows_, columns_ title "lowest layer: attention of one training sequence"
set size ratio -1
set xrange [-0.5:T - 0.5]
set yrange [T - 0.5:-0.5]
set xlabel "key position"
set ylabel "query position"
set logscale cb
set cbrange [1e-3:1]
set cblabel "attention weight"
set format cb "10^{%L}"
unset grid
if (n == 0) { unset logscale; eval nothing }
do for [k = 1:n] {
    set title sprintf("minibatch %d", L_maps[k])
    plot "map.csv" using "key":"query":(column("weight") > 0 ? (column("weight") < 1e-3 ? 1e-3 : column("weight")) : NaN) \
        every ::(k - 1)*T*T::k*T*T - 1 with image pixels notitle
}
unset multiplot
