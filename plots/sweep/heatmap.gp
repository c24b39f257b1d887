# The mean of a scalar over two axes. Variables are set by the program above.
set xlabel x_key noenhanced
set ylabel series_key noenhanced
set cblabel scalar noenhanced
set title experiment.": ".scalar noenhanced
unset key
values(column) = system("awk -F, 'NR>1 && !seen[$".column."]++ {gsub(/\"/, \"\", $".column."); printf \"%s \", $".column."}' ".data)
xs = values(1)
ys = values(2)
place(list, value) = sum [i = 1:words(list)] (word(list, i) eq value ? i : 0)
set xtics () rotate by -40 noenhanced
set ytics () noenhanced
unset grid
set xrange [0.5:words(xs) + 0.5]
set yrange [0.5:words(ys) + 0.5]
set for [i = 1:words(xs)] xtics add (word(xs, i) i)
set for [i = 1:words(ys)] ytics add (word(ys, i) i)
plot data using (place(xs, strcol(1))):(place(ys, strcol(2))):4 with image pixels notitle
