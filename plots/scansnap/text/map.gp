# Gain of attention, classes against tokens.
if (S_map_columns == 0) {
    set label 1 "nothing to show: attention has not moved" at graph 0.5,0.5 center
    plot [0:1] [0:1] 2 notitle
} else {
    stats "map.csv" using "column" nooutput
    columns = int(STATS_max)
    stats "map.csv" using "row" nooutput
    rows = int(STATS_max)
    set terminal svg size 1120,200 + 24 * (rows + 1) dynamic enhanced font "DejaVu Sans,12" background rgb "white"
    set datafile missing NaN
    stats "map.csv" using "gain" nooutput
    most = abs(STATS_min) > STATS_max ? abs(STATS_min) : STATS_max
    most = most == 0 ? 1 : most > 3 ? 3 : most # beyond it colours stay as they are
    unset key
    unset grid
    set object 1 rectangle from graph 0,0 to graph 1,1 fillcolor rgb "#bbbbbb" fillstyle solid 1 noborder behind
    set xrange [-0.5:columns + 0.5]
    set yrange [rows + 0.5:-0.5]
    set cbrange [-most:most]
    set palette defined (-1 "#2166ac", -0.5 "#92c5de", 0 "#f7f7f7", 0.5 "#f4a582", 1 "#b2182b")
    set xtics rotate by 90 right noenhanced font ",10"
    set ytics noenhanced
    set xlabel "context token l"
    set ylabel "last token m and next token n"
    set cblabel "gain of attention log_2  c_{nl}/P(l|n)"
    set style fill solid 1 noborder
    plot "map.csv" using "column":"row":(0.5):(0.5):"gain":xticlabels(T_map_token[int(column(0)) + 1]):yticlabels(T_map_label[int(column(0)) + 1]) with boxxyerror linecolor palette
}
