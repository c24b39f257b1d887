# Memory traffic of a token against the cache.
set datafile missing NaN # rows of the other schemes: a line goes on over them
set logscale x
set xrange [*:*] noextend
set xlabel "last cache (MB)"
set ylabel "read from memory (MB a token)"
set key top right
set yrange [0:*]
set offsets 0, 0, graph 0.1, 0
plot for [s in "deep repeat reverse immediate unique"] "traffic.csv" \
     using (strcol("scheme") eq s ? column("cache") : NaN):"memory" \
     with linespoints pointsize 0.8 title s
