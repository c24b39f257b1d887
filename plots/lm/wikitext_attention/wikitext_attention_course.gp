# Sparsity of that attention over training.
set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set bmargin 4
set style data lines
set xlabel "minibatch"
set key outside top center horizontal
set title "(a) entropy of the sequence's attention"
set ylabel "entropy (nat)"
set yrange [0:*]
plot "course.csv" using "minibatch":"entropy" linetype 1 title "lowest layer", \
     S_entropy_uniform linecolor rgb "#000000" dashtype 3 title "uniform"
set title "(b) where it goes"
set ylabel "share of the attention"
set yrange [0:1]
plot "course.csv" using "minibatch":"top" linetype 2 title "largest key of a query", \
     "course.csv" using "minibatch":"two_keys" linetype 3 dashtype 2 title "two most attended keys"
unset multiplot
