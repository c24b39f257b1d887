# What lines and maps of a sweep need to know of its axes.
# gnuplot takes a string without a point, "1e-06", for a whole number and stumbles over the e.
number(s) = strstrt(s, ".") || !strstrt(s, "e") ? real(s) : real(s[1:strstrt(s, "e") - 1].".0".s[strstrt(s, "e"):*])
# The different values of a column, in order, and the place of one of them.
values(column) = system("awk -F, 'NR>1 && !seen[$".column."]++ {gsub(/\"/, \"\", $".column."); printf \"%s \", $".column."}' ".data)
place(list, value) = sum [i = 1:words(list)] (word(list, i) eq value ? i : 0)
# Three digits of a long number, a name as it is.
labels(column) = system("awk -F, 'NR>1 && !seen[$".column."]++ {v = $".column."; gsub(/\"/, \"\", v); if (length(v) > 6 && v ~ /^[-+.0-9eE]+$/) v = sprintf(\"%.3g\", v); printf \"%s \", v}' ".data)
