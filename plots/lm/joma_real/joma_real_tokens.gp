# Theorem 1 token by token at the end of training, lowest layer.
set terminal svg size 1150,860 dynamic enhanced font "DejaVu Sans,12" background rgb "white"
set multiplot layout 3,5 margins 0.07,0.985,0.07,0.93 spacing 0.06,0.1
label(r) = word("linear exp mlp queries softmax-one softmax stream-one stream layers maps norm ".P_optimizer." embedding wlm", r + 1)
unset key
set tics format "%g" font ",10"
# about two tics on either side of 0
ten(x) = 10 ** floor(log10(x))
step(x) = x / ten(x) < 2 ? ten(x) : x / ten(x) < 5 ? 2 * ten(x) : 5 * ten(x)
most(a, b) = abs(a) > abs(b) ? abs(a) : abs(b)
do for [r = 0:13] {
    set title written(label(r)) offset 0,-0.6
    if (r >= 9) { set xlabel "change of z" offset 0,0.5 } else { unset xlabel }
    if (r % 5 == 0) { set ylabel "predicted change" } else { unset ylabel }
    stats "tokens.csv" using (column("rung") == r && column("layer") == 0 ? column("dz") : NaN) name "z" nooutput
    stats "tokens.csv" using (column("rung") == r && column("layer") == 0 ? column("dzhat") : NaN) name "p" nooutput
    set xtics step(most(z_min, z_max))
    set ytics step(most(most(p_min, p_max), most(z_min, z_max)))
    edge = 0.03*(z_max - z_min)
    plot [z_min - edge:z_max + edge] x with lines linecolor rgb "#000000" dashtype 3 linewidth 1, \
         "tokens.csv" using (column("rung") == r && column("layer") == 0 ? column("dz") : NaN):"dzhat" with points pointtype 7 pointsize 0.45 linetype 1
}
unset multiplot
