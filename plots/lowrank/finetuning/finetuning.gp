set terminal svg size 1100,430 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,3
set bmargin 5
methods = "full galore lora dora freeze lora-all scratch"
n = P_scratch eq 'true' ? 7 : 6
of(k, y) = strcol("method") eq word(methods, k) ? y : NaN

set title "(a) over the rate"
set xlabel "largest learning rate"
set ylabel "test loss (nat a token)"
set logscale x 10
set xrange [0.5*L_rates[1]:2*L_rates[|L_rates|]]
set key top right maxrows 4 samplen 0.8 font ",11"
stats "trials.csv" using "test" name "T" nooutput
stats "chosen.csv" using "start" nooutput
set yrange [*:T_max*1.4]
plot for [k=1:n] "trials.csv" using (of(k, column("rate"))):"test" with points lt k pt int(word("7 5 9 13 11 6 2", k)) ps 0.8 title written(word(methods, k))

unset logscale x
set xrange [-0.6:n-0.4]
set xlabel ""
set xtics rotate by -35 left
unset format x
set title "(b) at the best rate, and what is forgotten"
set ylabel "loss (nat a token)"
set yrange [*:STATS_max*1.5]
set key top left Left reverse maxrows 4 samplen 1 font ",11"
plot "chosen.csv" using 0:"test":(column("error") == column("error") ? column("error") : 0):xtic(written(strcol("method"))) with yerrorbars lt 1 pt 7 title "new text, after", \
     "" using 0:"start" with points lt 1 pt 6 title "new text, before", \
     "" using 0:"after" with points lt 2 pt 5 title "first text, after", \
     "" using 0:"before" with points lt 2 pt 4 title "first text, before"

set title "(c) what moves"
set ylabel "thousand numbers trained"
set yrange [0:*]
set boxwidth 0.7
set style fill solid 0.9
plot "chosen.csv" using 0:(column("trained")/1000):xtic(written(strcol("method"))) with boxes lt 3 notitle
unset multiplot
