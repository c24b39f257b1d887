# One dot a printed number, in the order of the table, by group; below 0.01 they stand at 0.01.
groups = "total tokens_2 tokens_3 tokens_5 average overhead by_layer left adaptors states gradients samples bytes heads heads_printed"
titles = '"Table 2 = Table 6" "tokens, Table 2" "tokens, Table 3" "tokens, Table 5" "averages, Table 4" "17 % overhead" "8.8 %" "left, section 5.5" "adaptors, C.2" "62.5 %, section 5.2" "gradients, section 5.5" "samples, Table 11" "52.7 % by bytes" "rest of d over heads" "the same, 24 heads"'
shown(x) = x < 0.01 ? 0.01 : x
set logscale y
set yrange [0.008:20]
set xrange [-1:54]
set xlabel "number, in the order of the table"
set ylabel "deviation over what rounding allows (none: at 0.01)"
set key outside right top vertical
plot for [k = 1:words(groups)] "numbers.csv" \
         using 0:(strcol("group") eq word(groups, k) ? shown(column("excess")) : NaN) \
         with points pointtype (k > 8 ? 5 : 7) pointsize 0.8 linetype 1 + (k - 1) % 8 title word(titles, k), \
     1 with lines dashtype 2 linewidth 1.5 linecolor rgb "black" notitle
