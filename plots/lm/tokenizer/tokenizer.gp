# Counts of merges against their rank.
set logscale xy
set xlabel "rank of the merge, from 1"
set ylabel "how often the pair was met"
set key off
plot "merges.csv" using (column("rank") + 1):"count" with points linetype 1 pointtype 7
