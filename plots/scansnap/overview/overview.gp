# Heat maps of the attention over tokens and updates, by SGD and by the flow; masses, entropies.
set terminal svg size 1100,800 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
from(s, y) = strcol("source") eq s ? column(y) : NaN
commons = int(system("awk -F, '$1==\"sgd\" && $2==0 && $6==\"common\"' attention.csv | wc -l"))
tokens = int(system("awk -F, '$1==\"sgd\" && $2==0' attention.csv | wc -l"))
distinct = tokens - commons
set multiplot layout 2,2
set xlabel "token (commons, then distinct by frequency)"
set ylabel "updates"
set cblabel "attention c_{nl}"
unset grid
set xrange [-0.5:tokens-0.5]
set yrange [-0.5:P_steps+0.5]
stats "attention.csv" using "c" nooutput
set cbrange [0:STATS_max]
set arrow 1 from commons-0.5, graph 0 to commons-0.5, graph 1 nohead front linecolor rgb "white" linewidth 1.5
set title "(a) SGD"
plot "< grep -E '^(source|sgd)' attention.csv" using "slot":"iteration":"c" with image pixels notitle
set title "(b) flow"
plot "< grep -E '^(source|flow)' attention.csv" using "slot":"iteration":"c" with image pixels notitle
unset arrow 1
unset cblabel
set grid
set xlabel "updates"
set xrange [0:P_steps]
set yrange [0:*]
set style data lines
set key top right
if (commons == 0) { set yrange [0:1] }
set title "(c) mass of the common tokens"
set ylabel "attention c_{nl}, sum over common tokens"
plot "course.csv" using "iteration":(from("sgd","common_mass")) linetype 1 title "SGD", \
     "" using "iteration":(from("gd","common_mass")) linetype 3 dashtype 2 title "gradient descent", \
     "" using "iteration":(from("flow","common_mass")) linetype 2 dashtype 4 title "flow"
set yrange [*:*]
set offsets 0, 0, graph 0.05, graph 0.05
h = distinct > 0 ? "entropy_distinct" : "entropy_support"
set title distinct > 0 ? "(d) entropy over the distinct tokens, renormalised" : "(d) entropy"
set ylabel "entropy (nat)"
set key top right
plot "course.csv" using "iteration":(from("sgd",h)) linetype 1 title "SGD", \
     "" using "iteration":(from("gd",h)) linetype 3 dashtype 2 title "gradient descent", \
     "" using "iteration":(from("flow",h)) linetype 2 dashtype 4 title "flow"
unset multiplot
