# Time of a token against the weights that it reads: the roofline of two rates.
set logscale xy
set xlabel "weights that a token reads (MB)"
set ylabel P_rounds > 0 ? "time of a token (ms)" : "time of a token by the model (ms)"
set yrange [*:*] noextend
set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
set ytics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
set key top left
set offsets graph 0.1, graph 0.1, graph 0.1, graph 0.1
if (P_rounds > 0) {
    stats "rates.csv" using "rate" nooutput
    slow = STATS_min; fast = STATS_max
    of(s, y) = strcol("size") eq s ? y : NaN
    plot x / slow lt 8 dt 2 title sprintf("%.0f GB/s, the slowest working set", slow), \
         x / fast lt 8 dt 3 title sprintf("%.0f GB/s, the fastest", fast), \
         for [i = 1:3] "slide.csv" using "read":(of(word("inside beyond given", i), column("execute"))) \
             with points lt i pt 7 title word("inside beyond given", i)
} else {
    of(s, y) = strcol("scheme") eq s ? y : NaN
    names = "unique immediate repeat reverse deep"
    plot x / P_memory_rate lt 8 dt 2 title "memory's rate", x / P_cache_rate lt 8 dt 3 title "the cache's", \
         for [i = 1:5] "traffic.csv" using "read":(of(word(names, i), column("time"))) \
             with points lt i pt 4 + 2 * i title word(names, i)
}
