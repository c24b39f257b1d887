# The loss at the end of every setting, a point for each seed, by group.
set terminal svg size 1000,470 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set bmargin 7
n = |T_arms_setting|
arms = n/P_seeds
set xrange [-0.7:arms-0.3]
set xtics rotate by -50 font ",11" noenhanced
set ylabel "loss on the validation text (nat a byte)"
set xlabel ""
unset key
groups = "grid side subspace moments renewals"
set for [i=1:arms] xtics add (T_arms_setting[i] i-1)
set offsets 0, 0, graph 0.12, graph 0.05
do for [k=1:5] { first = 0; last = 0
  do for [i=1:arms] { if (T_arms_group[i] eq word(groups, k)) { last = i; if (first == 0) { first = i } } }
  set label k word(groups, k) at (first+last-2)/2.0, graph 0.96 center font ",12"
  if (last < arms) { set arrow k from last-0.5, graph 0 to last-0.5, graph 1 nohead lt 0 }
}
plot "arms.csv" using (int(column(0))%int(arms)):"valid" with points lt 1 pt 7 ps 0.8
