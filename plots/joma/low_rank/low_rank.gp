# Stable rank over radius: V and dV/dt for each Delta, V for each form; mean over the seeds.
set terminal svg size 1200,440 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
families = P_study eq "large" ? P_family : "normal lognormal zipf ce"
names = P_study eq "large" ? P_family : "normal lognormal Zipf cross-entropy"
set style data linespoints
set multiplot layout 1,3
set bmargin 4
set logscale y
set xlabel "largest row norm of V"
of(f, a) = strcol("family") eq f && strcol("form") eq a ? column("radius") : NaN
set xrange [0.5:*]

set title "(a) stable rank of V"
set ylabel "sr(V)"
stats "ranks.csv" using (column("sr_delta") > column("sr_V") ? column("sr_delta") : column("sr_V")) nooutput
top = STATS_max # and room for the key above it
set ytics (1, 1.2, 1.5, 2, 3, 4, 5, 7, 10, 20, 50)
set key top right
set yrange [1:3*top]
plot for [i = 1:words(families)] "ranks.csv" using (of(word(families, i), "shared")):"sr_V" smooth unique with linespoints linetype i title word(names, i), \
     for [i = 1:words(families)] "ranks.csv" using (of(word(families, i), "shared")):"sr_delta" smooth unique with lines linetype i linewidth 1 dashtype 3 title (i == 1 ? "sr(Δ)" : ""), \
     for [i = 1:words(families)] "" using (of(word(families, i), "shared")):"sr_V" with points linetype i pointtype 7 pointsize 0.2 notitle

set title "(b) stable rank of dV/dt, less 1"
set ylabel "sr(dV/dt) - 1"
set key top right
set yrange [1e-10:1e4]
set ytics auto
set format y "10^{%L}"
positive(x) = x > 1e-12 ? x : 1e-30
plot for [i = 1:words(families)] "ranks.csv" using (of(word(families, i), "shared")):(positive(column("sr_dV") - 1)) smooth unique with linespoints linetype i title word(names, i)

set title "(c) sr(V), normal Δ, the three forms"
set ylabel "sr(V)"
unset format y
set key top right
set yrange [1:3*top]
set ytics (1, 1.2, 1.5, 2, 3, 4, 5, 7, 10, 20, 50)
first = word(families, 1)
forms = P_study eq "large" ? "shared" : "shared printed separate"
letters = "(A) (B) (C)"
plot for [i = 1:words(forms)] "ranks.csv" using (of(first, word(forms, i))):"sr_V" smooth unique with linespoints linetype i+4 title word(letters, i)." ".word(forms, i)
unset multiplot
