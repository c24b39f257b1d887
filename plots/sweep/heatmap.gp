# The mean of a scalar over two axes, cell by cell; with `levels`, its logarithm and contours.
# Variables are set by the program above.
set xlabel x_key noenhanced
set ylabel series_key noenhanced
set title title noenhanced
unset grid
xs = values(1)
ys = values(2)
set xtics () rotate by -40 noenhanced
set ytics () noenhanced
x_labels = labels(1)
y_labels = labels(2)
set for [i = 1:words(xs)] xtics add (word(x_labels, i) i)
set for [i = 1:words(ys)] ytics add (word(y_labels, i) i)
unset key
# A scalar that is the same everywhere has no range of its own.
spread(low, high) = low < high ? "set autoscale cb" : sprintf("set cbrange [%.17g:%.17g]", low - (low == 0 ? 1 : 0.1 * abs(low)), low + (low == 0 ? 1 : 0.1 * abs(low)))
if (levels eq "") {
    stats data using 4 name "M" nooutput
    eval spread(M_min, M_max)
    set cblabel scalar offset 1.5,0 noenhanced
    set xrange [0.5:words(xs) + 0.5]
    set yrange [0.5:words(ys) + 0.5]
    plot data using (place(xs, strcol(1))):(place(ys, strcol(2))):4 with image pixels notitle
} else {
    set cblabel "log10 ".scalar." (floor: 1/100 of the lowest line)" offset 1.5,0 noenhanced
    # Contours between cell centres, linear in the logarithm. awk puts the blank line between rows
    # of cells that gnuplot's grids need.
    # Two decades below the lowest level the colour ends: what is smaller, or zero, looks alike.
    lowest = 1e300
    list = system("echo '".levels."' | tr ',' ' '")
    do for [i = 1:words(list)] { lowest = number(word(list, i)) < lowest ? number(word(list, i)) : lowest }
    floor_z = log10(lowest) - 2
    z(v) = v > 0 && log10(v) > floor_z ? log10(v) : floor_z
    grid = "< awk -F, '{if (NR>2 && $2 != last) print \"\"; last = $2; print}' ".data
    set table $cells
    plot data using (place(xs, strcol(1))):(place(ys, strcol(2))):(z(column(4))) with table
    unset table
    set datafile separator whitespace
    stats $cells using 3 nooutput
    eval spread(STATS_min, STATS_max)
    # A level that no cell crosses has no line.
    crossed(level) = log10(number(level)) > STATS_min && log10(number(level)) < STATS_max
    set datafile separator comma
    set contour base
    unset surface
    do for [i = 1:words(list)] {
        if (crossed(word(list, i))) {
            set cntrparam levels discrete log10(number(word(list, i)))
            eval sprintf("set table $contour%d", i)
            splot grid using (place(xs, strcol(1))):(place(ys, strcol(2))):(z(column(4))) notitle
            unset table
        }
    }
    unset contour
    set datafile separator whitespace
    set key outside top center horizontal noenhanced noautotitle
    draw = "plot $cells using 1:2:3 with image pixels notitle"
    lines = 0
    do for [i = 1:words(list)] {
        if (crossed(word(list, i))) {
            lines = lines + 1
            draw = draw.sprintf(", $contour%d using 1:2 with lines linewidth %d linecolor rgb '%s' title '%s = %s'", i, 4 - i > 1 ? 4 - i : 2, i % 2 ? "white" : "black", scalar, word(list, i))
        }
    }
    if (lines == 0) { unset key } else { set key textcolor rgb "black" box linecolor rgb "#444444" opaque fillcolor rgb "#bbbbbb" }
    set xrange [0.5:words(xs) + 0.5]
    set yrange [0.5:words(ys) + 0.5]
    eval draw
}
