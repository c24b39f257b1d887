set terminal svg size 1100,420 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set bmargin 4
stats "times.csv" using "mean" nooutput
top = 1.15*STATS_max
set title "(a) steps to escape"
set xlabel "steps predicted"
set ylabel "steps measured"
set xrange [0:top]
set yrange [0:top]
set key top left Left reverse samplen 1.5
plot x with lines lt 8 title "equal", \
     "times.csv" using (column("law") == 0 ? column("predicted") : NaN):"mean":(2*column("error")) with yerrorbars lt 1 pt 7 title "cases", \
     "" using (column("law") == 1 ? column("predicted") : NaN):"mean":(2*column("error")) with yerrorbars lt 2 pt 6 title "T of the law"
set title "(b) the first case"
set xlabel "step"
set ylabel "share of runs that have escaped"
set xrange [0:*]
set yrange [0:1.05]
set key bottom right noreverse Right
plot "samples.csv" using "steps":"share" with points lt 1 pt 7 ps 0.5 title "measured", \
     "" using "steps":"predicted" with lines lt 8 title "ln|normal|"
set datafile missing NaN # rows of other cases must not break the line
set title "(c) a logarithm"
set logscale x
set xlabel "batch B"
set ylabel "mean steps to escape"
set xrange [*:*]
set yrange [*:*]
set offsets graph 0.1, graph 0.1, graph 0.15, graph 0.15
set key bottom right noreverse Right
plot "times.csv" using "B":(column("law") == 1 ? column("mean") : NaN):(2*column("error")) with yerrorbars lt 2 pt 7 title "measured", \
     "" using "B":(column("law") == 1 ? column("predicted") : NaN) with lines lt 8 title "predicted, slope 1/(2λ)"
unset multiplot
