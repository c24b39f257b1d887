# What attention tracks at the end: rank correlations of z within classes.
set terminal svg size 860,460 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
wanted(q, s) = strcol("quantity") eq q && strcol("scope") eq s
set xrange [-0.6:5.6]
set yrange [-1.05:1.05]
set xzeroaxis linetype -1 linewidth 0.7
set xtics ("P(l|n)" 0, "TF-IDF,\nclasses" 1, "TF-IDF,\nparagraphs" 2, "LLR" 3, "PMI" 4, "early\nrate" 5)
set ylabel "Spearman's rank correlation with z"
set bmargin 3.5
set key outside top horizontal
place(t) = t eq "P" ? 0 : t eq "tfidf" ? 1 : t eq "tfidf_text" ? 2 : t eq "llr" ? 3 : t eq "pmi" ? 4 : 5
error(e) = strcol(e) eq "" ? 0 : column(e)
if (S_rho_P == S_rho_P) {
    plot "correlations.csv" using (wanted("z", "within") ? place(strcol("target")) - 0.1 : NaN):"rho":(error("rho_error")) with yerrorbars linetype 1 linewidth 2 pointtype 7 pointsize 1.1 title "within classes", \
         "" using (wanted("z", "within") ? place(strcol("target")) + 0.1 : NaN):"partial":(error("partial_error")) with yerrorbars linetype 2 linewidth 2 pointtype 5 pointsize 1.1 title "within classes, at fixed P(l|n)"
} else {
    unset key
    set label 1 "nothing to show: no class has enough tokens, or attention has not moved" at graph 0.5,0.6 center
    plot 2 notitle
}
