set terminal svg size 1000,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 1,2
set title "(a) scatter of the logits"
set logscale xy
set format x "10^{%T}"
set format y "10^{%T}"
set xlabel "samples N"
set ylabel "scatter θ_n"
set key right top
plot "streams.csv" using "samples":(P_classes/sqrt(column("samples"))*sqrt(log(P_classes/P_delta))) with lines dashtype 2 linecolor rgb "#777777" title "bound of Lemma 12", \
     "" using "samples":"theta_derived" with lines linetype 1 title "first order, derived here", \
     "" using "samples":"theta_rms" with points linetype 1 pointtype 7 title "root mean square over streams"
set title "(b) to reach an error: points and lines; bound dashed"
set xlabel "error ε of |e_n - α_n|"
set ylabel "visits of the class"
set key right top
same(m, y) = column("outputs") == m ? y : NaN
if (exists("L_outputs_counted") && exists("L_epsilons")) { plot for [i = 1:|L_outputs_counted|] "counts.csv" using "epsilon":(same(L_outputs_counted[i], column("simple"))) with lines linetype i title sprintf("M = %g", L_outputs_counted[i]), \
     for [i = 1:|L_outputs_counted|] "" using "epsilon":(same(L_outputs_counted[i], column("printed"))) with lines linetype i dashtype 2 notitle, \
     for [i = 1:|L_outputs_counted|] "" using "epsilon":(same(L_outputs_counted[i], column("visits"))) with points linetype i pointtype 7 notitle } else { eval nothing }
unset multiplot
