# The flow on a text: decoder and attention, claims kept, what z tracks, z against discriminancy.
set terminal svg size 1120,860 dynamic enhanced font "DejaVu Sans,12" background rgb "white"
stats "course.csv" using "loss" nooutput
loss_low = STATS_min; loss_high = STATS_max
stats "course.csv" using "entropy_support" nooutput
low = STATS_min; room = STATS_max - STATS_min > 0 ? STATS_max - STATS_min : 0.1
set multiplot layout 2,2 margins 0.07,0.96,0.07,0.96 spacing 0.15,0.13
set key top right Left reverse
set logscale x
set format x "10^{%T}"
set xlabel "η_Y t / K"

set title "Decoder and attention"
set logscale y
set format y "10^{%T}"
set ylabel "loss (nat)"
set y2label "mean entropy of c_n  (nat)"
set y2tics nomirror
set yrange [loss_low / 2:loss_high * (loss_high / loss_low) ** 0.35]
set y2range [low - 0.05 * room:low + 1.35 * room]
plot "course.csv" using "tau":"loss" with lines title "loss (left)", \
     "" using "tau":"entropy_support" axes x1y2 with lines title "entropy of c_n (right)"
unset y2tics
unset y2label
unset logscale y
set format y "%g"

set title "Which claims are kept on the way"
set ylabel "share of (last token, token) pairs"
set yrange [-0.03:1.32]
set ytics 0, 0.2, 1
if (S_classes_with_distinct > 0) {
    plot "course.csv" using "tau":"commons_suppressed" with lines title "common tokens with z < 0", \
         "" using "tau":"distinct_growing" with lines dashtype 2 title "distinct tokens with z > 0", \
         "" using "tau":"early_sign" with lines dashtype 3 linewidth 3 title "all, sign as the early law has it"
} else {
    plot "course.csv" using "tau":"commons_suppressed" with lines title "common tokens with z < 0", \
         "" using "tau":"early_sign" with lines linetype 3 dashtype 3 linewidth 3 title "all, sign as the early law has it"
}

set title "What z tracks within a class"
set ylabel "Spearman's rank correlation with z"
set yrange [-1.05:1.75]
set ytics -1, 0.5, 1
set key maxrows 3
set xzeroaxis linetype -1 linewidth 0.7
plot "course.csv" using "tau":"rho_early" with lines dashtype 3 linewidth 3 title "early rate", \
     "" using "tau":"rho_llr" with lines title "LLR", \
     "" using "tau":"rho_pmi" with lines title "PMI", \
     "" using "tau":"rho_tfidf" with lines title "TF-IDF, classes", \
     "" using "tau":"rho_tfidf_text" with lines title "TF-IDF, paragraphs", \
     "" using "tau":"rho_P" with lines linetype 7 dashtype 2 title "P(l|n)"
unset logscale x
set format x "%g"
set autoscale y
set ytics autofreq

set title "Attention at the end against discriminancy"
set xlabel "signed square root of the log-likelihood ratio of token and class"
set ylabel "z of last token and token"
set yzeroaxis linetype -1 linewidth 0.7
root(x) = x < 0 ? -sqrt(-x) : sqrt(x)
unset key
plot "pairs.csv" using (root(column("llr"))):"z" with points pointtype 7 pointsize 0.25 linecolor rgb "#600072b2"
unset multiplot
