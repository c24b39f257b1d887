# What lines and maps of a sweep need to know of its axes.
# gnuplot takes a string without a point, "1e-06", for a whole number and stumbles over the e.
number(s) = strstrt(s, ".") || !strstrt(s, "e") ? real(s) : real(s[1:strstrt(s, "e") - 1].".0".s[strstrt(s, "e"):*])
of_unit = unit eq "" ? "" : " (".unit.")"
# Under the title: what the bars are, over how many runs, and what was fixed.
heading = title.(said eq "" ? "" : "\n{/*0.8 ".said."}")
