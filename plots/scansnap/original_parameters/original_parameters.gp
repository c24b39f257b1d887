# Relative distance of Z from the Y/Z flow, one line for each way to train.
set terminal svg size 1000,620 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set datafile missing NaN
set logscale xy
set format x "10^{%L}"
set format y "10^{%L}"
set xlabel "time t"
set ylabel "relative distance of Z from the flow"
set yrange [1e-12:1e4]
set key below height 1 maxcols 3
names = system("awk -F, 'NR>1{print $1\";\"$2}' variants.csv | uniq | tr '\n' ' '")
id(i) = word(names, i)
name(i) = id(i)[1:strstrt(id(i), ";")-1]
width(i) = int(id(i)[strstrt(id(i), ";")+1:*])
# The names of the table, as they would be written.
spread = "separate-sd-"
said(n) = n eq "product" ? "W one matrix" : n eq "product-scaled" ? "W one matrix, logits/√d" : \
    n eq "separate-zero" ? "W_Q = W_K = 0 at first" : n eq "separate-identity" ? "W_Q = W_K = I at first" : \
    n eq "trained-u" ? "U trained as well" : n eq "gaussian-u" ? "U Gaussian" : \
    n[1:strlen(spread)] eq spread ? "W_Q, W_K of sd ".n[strlen(spread)+1:*] : n
of(i) = (strcol("variant") eq name(i) && column("d") == width(i)) ? column("t") : NaN
floored(y) = y > 1e-12 ? y : 1e-12
plot for [i = 1:words(names)] "variants.csv" using (of(i)):(floored(column("z_error"))) with linespoints \
     linetype i dashtype 1 + (i > 8) pointtype i pointsize 0.8 title said(name(i)).", d = ".width(i)
