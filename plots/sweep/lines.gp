# Mean and standard deviation over the axis x_key; a line per value of series_key, a panel per
# value of panel_key. Variables are set by the program above.
numeric = (system("awk -F, 'NR>1 && $1 !~ /^[-+.0-9eE]+$/ {print 1; exit}' ".data) eq "")
series = values(2)
panels = values(3)
series_labels = labels(2)
panel_labels = labels(3)
if (x_log) { set logscale x; set format x "%g" }
# Means that span some decades, but not from roundoff up, are compared by their ratios.
span = number(system("awk -F, 'NR == 2 {a = b = $4} NR > 1 {if ($4 < a) a = $4; if ($4 > b) b = $4} END {print (a > 0 ? b/a : 0)}' ".data))
if (span > 30 && span < 1e6) { set logscale y; set format y "10^{%L}" }
# Names stand side by side, numbers where they are.
xs = numeric ? "" : values(1)
at(value) = numeric ? number(value) : place(xs, value)
if (!numeric) {
    set xtics () noenhanced
    set for [i = 1:words(xs)] xtics add (word(xs, i) i)
    set xrange [0.5:words(xs) + 0.5]
} else {
    stats data using 1 name "X" nooutput
    # Room beside the first and the last point; whole numbers are marked as such.
    pad = x_log ? (X_max / X_min)**0.04 : 0.04 * (X_max - X_min)
    if (x_log) { set xrange [X_min / pad:X_max * pad] } else { if (pad > 0) { set xrange [X_min - pad:X_max + pad] } }
    whole = (system("awk -F, 'NR > 1 && $1 !~ /^[0-9]+$/ {print 1; exit}' ".data) eq "")
    if (whole && !x_log && X_max - X_min < 13) { set xtics 1 }
}
# gnuplot warns of a range of nothing; stats, above, would keep to this one.
flat = system("awk -F, 'NR == 2 {a = b = $4} NR > 1 {if ($4 < a) a = $4; if ($4 > b) b = $4} END {if (a == b) print a}' ".data)
if (flat ne "") { room = number(flat) == 0 ? 1 : 0.1 * abs(number(flat)); set yrange [number(flat) - room:number(flat) + room] }
label(key, value) = (key eq "" ? "" : key." = ".value)
match(want, have) = (want eq have)
n = words(panels)
columns = ceil(sqrt(n))
rows = ceil(real(n) / columns)
if (n > 1) {
    set terminal svg size 420*columns,340*rows dynamic enhanced font "DejaVu Sans,11" background rgb "white"
    set output out
}
set key top left opaque noenhanced
set xlabel x_key noenhanced
set ylabel scalar noenhanced
if (n > 1) set multiplot layout rows,columns title title noenhanced
do for [p = 1:n] {
    set title (n > 1 ? label(panel_key, word(panel_labels, p)) : title) noenhanced
    plot for [s = 1:words(series)] data using (at(strcol(1))):((match(word(series, s), strcol(2)) && match(word(panels, p), strcol(3))) ? column(4) : NaN):5 with yerrorlines pointtype 7 pointsize 0.6 title label(series_key, word(series_labels, s)) noenhanced
}
if (n > 1) unset multiplot
