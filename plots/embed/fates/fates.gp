set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
n = |L_eta_us|
set multiplot layout 1,3
set bmargin 5
sets = "asymmetric growing-common declining-distinct"
place(k, e) = k eq "fixed" ? 0 : (k eq "chain" ? 1 : 1 + n) + index_of(e)
index_of(e) = sum [i=1:n] (L_eta_us[i] == e ? i - 1 : 0)
set xrange [-0.6:2*n+0.6]
set xtics ("fixed" 0) rotate by -60
do for [i=1:n] {
    set xtics add (sprintf("chain %g", L_eta_us[i]) i)
    set xtics add (sprintf("normed %g", L_eta_us[i]) i+n)
}
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lt 8 lw 1
set ylabel "attention logit at the end"
unset key
do for [s=1:3] {
    set title word("'(a) asymmetric' '(b) a common that grows' '(c) a distinct that declines'", s)
    if (s == 1) { set key top right horizontal samplen 1; set offsets 0, 0, graph 0.12, 0 } else { unset key; set offsets 0, 0, 0, 0 }
    plot "examples.csv" using (strcol("set") eq word(sets, s) && strcol("role") eq "distinct" ? place(strcol("kind"), column("eta_u")) + 0.12 : NaN):"z" with points lt 1 pt 7 ps 0.7 title "distinct", \
         "" using (strcol("set") eq word(sets, s) && strcol("role") eq "common" ? place(strcol("kind"), column("eta_u")) - 0.12 : NaN):"z" with points lt 2 pt 8 ps 0.9 title "common"
    unset ylabel
}
unset multiplot
