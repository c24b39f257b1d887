# theta_1 and theta_2 against r: bounded and rectifying activations above, polynomials below, which
# grow without bound and have a scale of their own.
set terminal svg size 1000,860 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 2,2 title sprintf("σ = %g, ‖v‖ = %.3g", P_sigma, S_v0_norm)
saturating = "relu leaky-relu gelu silu step erf tanh"
polynomial = "linear quadratic cubic"
# Neighbours on the page (relu and gelu, erf and tanh) differ in colour and in dash.
colours = "#0072b2 #56b4e9 #d55e00 #e69f00 #cc79a7 #009e73 #000000"
dashes = "1 1 2 4 1 1 2"
pick(a) = stringcolumn("activation") eq a ? column("r") : NaN
set xlabel "r, pre-activation at the cluster's centre" offset 0,0.3
set key above
set offsets graph 0.02, graph 0.02, graph 0.06, graph 0.06
do for [k=1:2] {
    set ylabel sprintf("θ_%d(r)", k)
    plot for [i=1:words(saturating)] "curves.csv" using (pick(word(saturating, i))):sprintf("theta%d", k) with lines \
             dt int(word(dashes, i)) lc rgb word(colours, i) title written(word(saturating, i))
}
do for [k=1:2] {
    set ylabel sprintf("θ_%d(r)", k)
    plot for [i=1:words(polynomial)] "curves.csv" using (pick(word(polynomial, i))):sprintf("theta%d", k) with lines \
             dt i lc i title word(polynomial, i)
}
unset multiplot
