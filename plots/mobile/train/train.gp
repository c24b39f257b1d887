# Weights by kind.
set style data histograms
set style histogram clustered gap 1
set style fill solid
set xlabel "kind of weights"
set ylabel "weights"
set logscale y
set yrange [1:*]
set key top right
plot "counts.csv" using "numbers":xtic(written(strcol(1))) with histograms title "each once", \
     "" using "used" with histograms title "as a token meets them"
