# Mean and standard deviation over the axis of x_label; a line per value of series_label, a panel per
# value of panel_label. Variables are set by the program above.
if (x_log) { set logscale x; set format x "%g" }
stats data using 4 name "M" nooutput
# Means that span some decades, but not from roundoff up, are compared by their ratios.
span = M_min > 0 ? M_max / M_min : 0
if (y_log || (span > 30 && span < 1e6)) { set logscale y; set format y "10^{%L}" }
# gnuplot warns of a range of nothing.
if (M_min == M_max) { room = M_min == 0 ? 1 : 0.1 * abs(M_min); set yrange [M_min - room:M_max + room] }
# Names stand side by side, numbers where they are.
at(value, place) = x_numeric ? number(value) : place
if (!x_numeric) {
    set xtics () noenhanced
    set for [i = 1:|X|] xtics add (XT[i] i)
    set xrange [0.5:|X| + 0.5]
} else {
    low = number(X[1])
    high = number(X[|X|])
    # Room beside the first and the last point; whole numbers are marked as such.
    pad = x_log ? (high / low)**0.04 : 0.04 * (high - low)
    if (x_log) { if (pad > 1) { set xrange [low / pad:high * pad] } } else { if (pad > 0) { set xrange [low - pad:high + pad] } }
    fractions = sum [i = 1:|X|] (number(X[i]) != floor(number(X[i])))
    if (fractions == 0 && !x_log && high - low < 13) { set xtics 1 }
}
label(key, value) = (key eq "" ? "" : key." = ".value)
# A line joins what lies in between: names have nothing there.
bars = x_numeric ? "yerrorlines" : "yerrorbars"
# One run a point has no spread: a bar of no length looks like one.
if (said[1:7] eq "one run") { bars = x_numeric ? "linespoints" : "points" }
# A mark of its own for each, since colours alone do not survive a grey printer.
mark(s) = int(word("7 5 9 13 11 6 4 8 12 10", (s - 1) % 10 + 1))
# So many points are a line: marks and bars would hide it.
style = many ? "lines" : bars." pointtype mark(s) pointsize 0.7"
n = |P|
columns = ceil(sqrt(n))
rows = ceil(real(n) / columns)
if (n > 1) {
    set terminal svg size 420*columns,340*rows dynamic enhanced font "DejaVu Sans,11" background rgb "white"
    set output out
}
# Beside the curves, never on them; more names than can be told apart are left out.
if (|S| > 24) { unset key } else { set key below height 1 enhanced }
set xlabel x_label
set ylabel quantity.of_unit
if (n > 1) set multiplot layout rows,columns title heading enhanced
do for [p = 1:n] {
    if (n > 1) { set title label(panel_label, PL[p]) enhanced } else { set title heading enhanced }
    plot for [s = 1:|S|] data using (at(strcol(1), column(7))):(column(8) == s && column(9) == p ? column(4) : NaN):5 with @style title label(series_label, SL[s])
}
if (n > 1) unset multiplot
