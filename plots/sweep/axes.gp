# What lines and maps of a sweep need to know of its axes.
# gnuplot takes a string without a point, "1e-06", for a whole number and stumbles over the e.
number(s) = strstrt(s, ".") || !strstrt(s, "e") ? real(s) : real(s[1:strstrt(s, "e") - 1].".0".s[strstrt(s, "e"):*])
quantity = scalar.(unit eq "" ? "" : " (".unit.")")
