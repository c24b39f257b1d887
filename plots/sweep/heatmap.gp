# The mean of a scalar over two axes, cell by cell; with `levels`, its logarithm and contours.
# Variables are set by the program above; the table has every cell, row by row.
set xlabel x_label offset 0,-0.5
set ylabel series_label
unset grid
# Long names stand aslant, short ones as they are read.
longest = 0
do for [i = 1:|X|] { longest = strlen(XT[i]) > longest ? strlen(XT[i]) : longest }
if (longest*|X| > 60) { set xtics () rotate by -40 noenhanced } else { set xtics () noenhanced }
set ytics () noenhanced
set for [i = 1:|X|] xtics add (XT[i] i)
set for [i = 1:|S|] ytics add (ST[i] i)
unset key
# A cell without a value stays grey. The colour bar is filled as the cells are.
set style fill solid 1 noborder
set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb "#d9d9d9" fillstyle solid 1 noborder
logarithmic = levels ne ""
list = levels
# Two decades below the lowest level the colour ends: what is smaller, or zero, looks alike.
lowest = 1e300
do for [i = 1:words(list)] { lowest = number(word(list, i)) < lowest ? number(word(list, i)) : lowest }
floor_z = log10(lowest) - 2
z(v) = v != v || !logarithmic ? v : v > 0 && log10(v) > floor_z ? log10(v) : floor_z
stats data using (z(column(4))) name "M" nooutput
# A scalar that is the same everywhere has no range of its own.
room = M_min < M_max ? 0 : M_min == 0 ? 1 : 0.1 * abs(M_min)
set cbrange [M_min - room:M_max + room]
set cblabel quantity.of_unit offset 0.5,0
set rmargin 9 # the colour bar, its numbers and its name
# The colour bar of logarithms is read in the quantity itself: 1, 2, 5 of a few decades, 1 of many.
if (logarithmic) {
    ones = M_max - M_min > 3 ? "1" : M_max - M_min > 0.7 ? "1 2 5" : "1 1.5 2 3 4 5 6 7 8 9"
    set cbtics () noenhanced
    do for [decade = int(floor(M_min)):int(ceil(M_max))] {
        do for [i = 1:words(ones)] {
            tic = real(word(ones, i))*10.0**decade
            if (log10(tic) > floor_z + 1e-9 && log10(tic) > M_min - room && log10(tic) < M_max + room) { set cbtics add (sprintf("%g", tic) log10(tic)) }
        }
    }
    if (M_min < floor_z + 1e-9) { set cbtics add (sprintf("≤ %g", 10**floor_z) floor_z) }
}
# A level that no cell crosses has no line.
crossed(level) = log10(number(level)) > M_min && log10(number(level)) < M_max
# Contours between cell centres, linear in the logarithm. awk puts the blank line between rows of
# cells that gnuplot's grids need. No line is drawn beside a cell that has no value, and none at all
# in a single row or column.
grid = sprintf("< awk 'NR > 2 && (NR - 2) %% %d == 0 {print \"\"} {print}' %s", |X|, data)
set xrange [0.5:|X| + 0.5]
set yrange [0.5:|S| + 0.5]
set contour base
unset surface
array points[words(list) + 1]
do for [i = 1:words(list)] {
    points[i] = 0
    if (crossed(word(list, i)) && |X| > 1 && |S| > 1) {
        set cntrparam levels discrete log10(number(word(list, i)))
        eval sprintf("set table $contour%d", i)
        splot grid using 7:8:(valid(4) ? z(column(4)) : NaN) notitle
        unset table
        # Three words a point; all else is comment.
        eval sprintf("do for [k = 1:|$contour%d|] { points[i] = points[i] + (words($contour%d[k]) == 3) }", i, i)
    }
}
unset contour
set table $cells
plot data using 7:8:(z(column(4))) with table
unset table
set datafile separator whitespace
set key noautotitle
# Where there is no value there is no cell: gnuplot 6 would draw one in the reader's own colour.
draw = "plot $cells using (column(3) == column(3) ? column(1) : NaN):2:(0.5):(0.5):3 with boxxyerror fillcolor palette notitle"
lines = 0
absent = 0
do for [i = 1:words(list)] {
    absent = absent + (crossed(word(list, i)) && points[i] == 0)
    if (points[i] > 0) {
        lines = lines + 1
        draw = draw.sprintf(", $contour%d using 1:2 with lines linewidth %d linecolor rgb '%s' title quantity.' = %s'", i, 4 - i > 1 ? 4 - i : 2, i % 2 ? "white" : "black", word(list, i))
    }
}
set title heading.(absent == 0 ? "" : sprintf("\n(%d of %d contours cannot be drawn: too few neighbouring cells have a value)", absent, words(list))) enhanced
if (!complete) { draw = draw.", NaN with boxes linecolor rgb '#d9d9d9' title 'no value'" }
if (lines > 0 || !complete) {
    set key outside top center horizontal
    set key textcolor rgb "black" box linecolor rgb "#444444" opaque fillcolor rgb "#bbbbbb"
}
eval draw
