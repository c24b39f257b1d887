set multiplot layout 2,2
plot "tokens.csv" using "square":"z" title "x"
unset multiplot
