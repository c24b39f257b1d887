# Relative distance of Z from the Y/Z flow, one line for each way to train.
set terminal svg size 1000,620 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
set logscale xy
set format x "10^{%L}"
set format y "10^{%L}"
set xlabel "time t"
set ylabel "relative distance of Z from the flow"
set yrange [1e-12:1e4]
set key below height 1 maxcols 4
names = system("awk -F, 'NR>1{print $1\";\"$2}' variants.csv | uniq | tr '\n' ' '")
id(i) = word(names, i)
name(i) = id(i)[1:strstrt(id(i), ";")-1]
width(i) = int(id(i)[strstrt(id(i), ";")+1:*])
of(i) = (strcol("variant") eq name(i) && column("d") == width(i)) ? column("t") : NaN
floored(y) = y > 1e-12 ? y : 1e-12
plot for [i = 1:words(names)] "variants.csv" using (of(i)):(floored(column("z_error"))) with linespoints \
     linetype i dashtype 1 + (i > 8) pointtype i pointsize 0.6 title name(i).", d = ".width(i)
