# The flow on a text: decoder and attention, claims kept, what z tracks, z against discriminancy.
set terminal svg size 1120,860 dynamic enhanced font "DejaVu Sans,12" background rgb "white"
stats "course.csv" using "loss" nooutput
loss_low = STATS_min; loss_high = STATS_max
stats "course.csv" using "entropy_support" nooutput
low = STATS_min; room = STATS_max - STATS_min > 1e-6 ? STATS_max - STATS_min : 0.1
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
set yrange [loss_low / 2:2 * loss_high * (loss_high / loss_low) ** 0.35]
set y2range [low - 0.05 * room:low + 1.35 * room]
plot "course.csv" using "tau":"loss" with lines title "loss (left)", \
     "" using "tau":"entropy_support" axes x1y2 with lines title "entropy of c_n  (right)"
unset y2tics
unset y2label
unset logscale y
set format y "%g"

# Curves of which there is a number at all; an empty frame where there is none.
there(name) = value("S_" . name) == value("S_" . name)
empty = 'set label 1 "nothing to show" at graph 0.5,0.5 center; plot [1:2] [0:1] 2 notitle; unset label 1'

set title "Which claims are kept on the way"
set ylabel "share of (last token, token) pairs"
set yrange [-0.03:1.32]
set ytics 0, 0.2, 1
column_of = "commons_suppressed distinct_growing early_sign"
scalar_of = "commons_suppressed distinct_growing early_sign_end"
array said[3] = ["common tokens with z < 0", "distinct tokens with z > 0", "all, sign as the early law has it"]
shown = ""
do for [i = 1:3] { if (there(word(scalar_of, i))) { shown = shown . " " . i } }
if (words(shown) > 0) {
    plot for [k in shown] "course.csv" using (column("tau")):(column(word(column_of, int(k)))) \
        with lines linetype int(k) dashtype int(k) linewidth 2 title said[int(k)]
} else { eval empty }

set title "What z tracks within a class"
set ylabel "Spearman's rank correlation with z"
set yrange [-1.05:1.75]
set ytics -1, 0.5, 1
set key maxrows 3
set xzeroaxis linetype -1 linewidth 0.7
target = "early llr pmi tfidf tfidf_text P"
array named[6] = ["early rate", "LLR", "PMI", "TF-IDF, classes", "TF-IDF, paragraphs", "P(l|n)"]
array dash[6] = [3, 1, 1, 1, 1, 2]
shown = ""
do for [i = 1:6] { if (there("rho_" . word(target, i))) { shown = shown . " " . i } }
if (words(shown) > 0) {
    plot for [k in shown] "course.csv" using (column("tau")):(column("rho_" . word(target, int(k)))) \
        with lines linetype int(k) + (int(k) == 6) dashtype dash[int(k)] title named[int(k)]
} else { eval empty }
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
if (S_seen > 0) {
    plot "pairs.csv" using (root(column("llr"))):"z" with points pointtype 7 pointsize 0.25 linecolor rgb "#600072b2"
} else { eval empty }
unset multiplot
