set terminal svg size 1100,820 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 2,2
set bmargin 4
first(y) = strcol("form") eq "softmax l2" && column("data") == 0 ? y : NaN

set title "(a) attention against length"
set xlabel "Δ |u|^2/(2 η_u)"
set ylabel "Δ Σ_m z_{ml}/η_z"
set key bottom right samplen 1.2
set xtics 0.02
plot x with lines lt 8 lw 1 title "slope 1", \
     for [l=0:P_tokens-1] "law.csv" using (column("token") == l ? first(column("paid")) : NaN):"bought" with points lt (l % 7)+1 pt 2*l+4 ps 0.5 title sprintf("token %d", l)

set title "(b) drift of the law"
set xlabel "time t"
set ylabel "largest |drift|"
set xtics autofreq
set logscale y
set format y "10^{%L}"
set yrange [1e-17:1]
set key at graph 0.02,0.68 left top Left reverse samplen 0.6 spacing 0.9 font ",11"
forms = '"softmax l2" "softmax rms heads" "softmax l2 + residual" "exp + residual (JoMA)" "softmax without norm" "softmax residual inside" "softmax joint norm"'
plot for [f=1:7] "law.csv" using (strcol("form") eq word(forms, f) && column("data") == 0 && column("t") > 0 ? column("t") : NaN):(abs(column("drift")) + 1e-18) with points lt f pt f+3 ps 0.35 notitle, \
     for [f=1:7] keyentry with points lt f pt f+3 ps 0.8 title word(forms, f)

set title "(c) under SGD"
set logscale x
set format x "10^{%L}"
set xlabel "Σ |step of u|^2 / (2 η_u)"
set ylabel "-drift"
set autoscale
set key default
set key top left Left reverse font ",13" spacing 1.1
plot for [i=1:|L_lrs|] "ledger.csv" using (column("lr") == L_lrs[i] ? column("squares") : NaN):(-column("drift")) with points lt i pt 2*i+2 ps 0.6 title sprintf("lr %g", L_lrs[i]), \
     x with lines lt 7 lw 1 title "equal"

set title "(d) the transformer on text: drift less the squared steps"
unset logscale x
set format x "%g"
set xlabel "step"
set ylabel "largest |drift + Σ|step of u|^2/(2 η_u)|"
set yrange [1e-17:1e3]
set ytics 1e3
set key center right Right noreverse samplen 0.6 spacing 0.9 font ",11"
forms = '"softmax l2" "softmax rms" "softmax layer norm" "exp + residual (JoMA)" "softmax without norm" "softmax residual inside" "softmax l2 (Adam)"'
if (P_text_steps > 0) {
    plot for [f=1:7] "trained.csv" using (strcol("form") eq word(forms, f) ? column("step") : NaN):(column("rest") + 1e-18) with linespoints lt f lw 1 pt f+3 ps 0.6 title word(forms, f)
}
unset multiplot
