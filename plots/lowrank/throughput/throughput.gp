set terminal svg size 1100,820 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set multiplot layout 2,1
set style fill solid 0.9 noborder
set boxwidth 0.75
set xtics rotate by -35 left font ",12"
set key top right maxrows 1 samplen 1 font ",12"
set bmargin 10
set rmargin 17
set grid noxtics
GB(x) = x/1e9
label(k, r, keep) = r > 0 ? sprintf("%s, r=%d%s", written(k), r, keep > 0 ? "" : ", by layer") : written(k).(keep > 0 ? "" : ", by layer")

set title "(a) the large model in training, GB"
set ylabel "GB"
set yrange [0:75]
plot "counted.csv" using 0:(GB(column("weights")+column("moments")+column("projector")+column("gradients"))):xtic(label(strcol("method"), column("rank"), column("retain"))) with boxes lt 4 title "gradients", \
     "" using 0:(GB(column("weights")+column("moments")+column("projector"))) with boxes lt 3 title "projectors", \
     "" using 0:(GB(column("weights")+column("moments"))) with boxes lt 2 title "moments", \
     "" using 0:(GB(column("weights"))) with boxes lt 1 title "weights", \
     "" using 0:"measured" with points lt 7 lc rgb "black" pt 5 ps 0.8 title "measured"

set bmargin 7
MB(x) = x/1e6
set title "(b) the small network here, MB (F32)"
set ylabel "MB"
set yrange [0:*]
plot "engine.csv" using 0:(MB(column("weights")+column("states")+column("gradients"))):xtic(written(strcol("method")).(column("retain") > 0 ? "" : ", by layer")) with boxes lt 4 title "gradients", \
     "" using 0:(MB(column("weights")+column("states"))) with boxes lt 2 title "states", \
     "" using 0:(MB(column("weights"))) with boxes lt 1 title "weights"
unset multiplot
