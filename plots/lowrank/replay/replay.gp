# Ranks and subspaces of recorded gradients; a matrix a colour, eight at most.
set terminal svg size 1100,760 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
k = int(S_matrices)
shown = k < 8 ? k : 8
galore = P_method eq "galore"
set multiplot layout 2,2
set xlabel "step"
set xrange [0:S_steps]
set key off
set style data lines
set yrange [0:*]
set title "(a) stable rank of the gradient (dotted: 1, the least)"
set key top right maxrows 4 samplen 1.5 noenhanced
plot 1 linetype 7 dashtype 3 linewidth 1 notitle, for [i = 0:shown - 1] "updates.csv" using "step":"stable_rank" every k::i with linespoints linetype i + 1 pointtype 2*i + 4 pointinterval -8 notitle, \
     for [i = 1:shown] keyentry with linespoints linetype i pointtype 2*i + 2 title T_matrices_matrix[i]
set key off
set title "(b) norm of the gradient"
plot 0 linetype 7 dashtype 3 linewidth 1, for [i = 0:shown - 1] "updates.csv" using "step":"norm" every k::i with linespoints linetype i + 1 pointtype 2*i + 4 pointinterval -8
set yrange [0:1.05]
set title "(c) overlap of the leading directions with those of the step before"
plot 1 linetype 7 dashtype 3 linewidth 1, for [i = 0:shown - 1] "updates.csv" using "step":"overlap" every k::i with linespoints linetype i + 1 pointtype 2*i + 4 pointinterval -8
if (galore) {
    set title "(d) energy in the leading directions (dashed) and within the subspace in use"
    plot for [i = 0:shown - 1] "updates.csv" using "step":"energy" every k::i linetype i + 1 dashtype 2, \
         for [i = 0:shown - 1] "updates.csv" using "step":"kept" every k::i with linespoints linetype i + 1 pointtype 2*i + 4 pointinterval -8, \
         1 linetype 7 dashtype 3 linewidth 1
} else {
    set title "(d) energy in the leading directions"
    plot for [i = 0:shown - 1] "updates.csv" using "step":"energy" every k::i linetype i + 1, 1 linetype 7 dashtype 3 linewidth 1
}
unset multiplot
