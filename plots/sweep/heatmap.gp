# The mean of a scalar over two axes, cell by cell; with `levels`, its logarithm and contours.
# Variables are set by the program above; the table has every cell, row by row.
set xlabel x_key noenhanced
set ylabel series_key noenhanced
set title title noenhanced
unset grid
set xtics () rotate by -40 noenhanced
set ytics () noenhanced
set for [i = 1:|X|] xtics add (XL[i] i)
set for [i = 1:|S|] ytics add (SL[i] i)
unset key
# A cell without a run stays grey.
set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb "#d9d9d9" fillstyle solid 1 noborder
logarithmic = levels ne ""
list = logarithmic ? system("echo '".levels."' | tr ',' ' '") : ""
# Two decades below the lowest level the colour ends: what is smaller, or zero, looks alike.
lowest = 1e300
do for [i = 1:words(list)] { lowest = number(word(list, i)) < lowest ? number(word(list, i)) : lowest }
floor_z = log10(lowest) - 2
z(v) = v != v || !logarithmic ? v : v > 0 && log10(v) > floor_z ? log10(v) : floor_z
stats data using (z(column(4))) name "M" nooutput
# A scalar that is the same everywhere has no range of its own.
room = M_min < M_max ? 0 : M_min == 0 ? 1 : 0.1 * abs(M_min)
set cbrange [M_min - room:M_max + room]
set cblabel (logarithmic ? "log10 ".scalar." (floor: 1/100 of the lowest line)" : quantity) offset 1.5,0 noenhanced
# A level that no cell crosses has no line, and none is drawn across cells that are not there.
crossed(level) = complete && |X| > 1 && |S| > 1 && log10(number(level)) > M_min && log10(number(level)) < M_max
# Contours between cell centres, linear in the logarithm. awk puts the blank line between rows of
# cells that gnuplot's grids need.
grid = sprintf("< awk 'NR > 2 && (NR - 2) %% %d == 0 {print \"\"} {print}' %s", |X|, data)
set contour base
unset surface
do for [i = 1:words(list)] {
    if (crossed(word(list, i))) {
        set cntrparam levels discrete log10(number(word(list, i)))
        eval sprintf("set table $contour%d", i)
        splot grid using 7:8:(z(column(4))) notitle
        unset table
    }
}
unset contour
set table $cells
plot data using 7:8:(z(column(4))) with table
unset table
set datafile separator whitespace
set key noautotitle
draw = "plot $cells using 1:2:(0.5):(0.5):3 with boxxyerror fillstyle solid 1 noborder fillcolor palette notitle"
lines = 0
do for [i = 1:words(list)] {
    if (crossed(word(list, i))) {
        lines = lines + 1
        draw = draw.sprintf(", $contour%d using 1:2 with lines linewidth %d linecolor rgb '%s' title '%s = %s'", i, 4 - i > 1 ? 4 - i : 2, i % 2 ? "white" : "black", scalar, word(list, i))
    }
}
if (lines > 0) {
    set key outside top center horizontal noenhanced
    set key textcolor rgb "black" box linecolor rgb "#444444" opaque fillcolor rgb "#bbbbbb"
}
set xrange [0.5:|X| + 0.5]
set yrange [0.5:|S| + 0.5]
eval draw
