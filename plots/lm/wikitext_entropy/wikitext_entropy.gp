# Attention entropy of every layer over training, beside the losses (JoMA, figures 6 and 8).
set terminal svg size 1200,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
n = int(P_layers)
layer(l) = n == 1 ? "attention" : sprintf("layer %d", l + 1)
set style data lines
set multiplot layout 2,2
set bmargin 4
set key outside right center
set xlabel "minibatch"
set ylabel "entropy (nat)"

set title "(a) attention entropy, all validation text"
plot for [l = 0:n - 1] "entropy.csv" using "minibatch":"entropy" every n::l linetype l + 1 title layer(l), \
     S_entropy_uniform linecolor rgb "#000000" dashtype 3 title "uniform"

set title "(b) the start"
set logscale x
set xrange [1:P_minibatches]
plot for [l = 0:n - 1] "entropy.csv" using "minibatch":"entropy" every n::l linetype l + 1 title layer(l), \
     S_entropy_uniform linecolor rgb "#000000" dashtype 3 title "uniform"
unset logscale x
set xrange [*:*]

stats "entropy.csv" using "entropy_one" every ::0::0 nooutput
start_one = STATS_max
set title "(c) of one sequence, as published"
plot for [l = 0:n - 1] "entropy.csv" using "minibatch":"entropy_one" every n::l linetype l + 1 title layer(l), \
     "beside.csv" using (column("time") / P_lr):(start_one * 0.5 * (column("left_least") + column("left_most"))):(start_one * column("left_least")):(start_one * column("left_most")) \
         with yerrorbars linecolor rgb "#808080" pointtype 7 pointsize 0.4 title "published, scaled", \
     S_entropy_uniform linecolor rgb "#000000" dashtype 3 title "uniform"

set title "(d) cross-entropy"
set ylabel "loss (nat)"
set datafile missing NaN
plot "loss.csv" using "minibatch":"loss" linetype 1 linewidth 1 title "training", \
     "loss.csv" using "minibatch":"valid_loss" with linespoints linetype 2 title "validation", \
     S_unigram_loss linecolor rgb "#000000" dashtype 3 title "frequencies"
unset multiplot
