# Latents against the best units of all, start above, end below, a column a level.
stats "units.csv" using "level" nooutput
levels = int(STATS_max) + 1
array last[levels] # latent of each level
do for [k = 1:levels] {
    stats "units.csv" using (column("level") == k - 1 ? column("latent") : NaN) nooutput
    last[k] = int(STATS_max)
}
set terminal svg size 340*levels + 90,660 dynamic enhanced font "DejaVu Sans,12" background rgb "white"
set multiplot layout 2,levels margins 0.055,0.91,0.08,0.94 spacing 0.05,0.11
set cbrange [0:1]
unset grid
unset key
do for [state in "start end"] {
    if (state eq "end") { set xlabel "best unit of latent" }
    do for [k = 0:levels - 1] {
        n = last[k + 1]
        set xrange [-0.5:n + 0.5]
        set yrange [n + 0.5:-0.5]
        set title sprintf("level %d, block %d, %s", k, k, state eq "start" ? "untrained" : "trained")
        if (k == 0) { set ylabel "latent" } else { unset ylabel }
        if (k == levels - 1) { set colorbox user origin 0.925,0.08 size 0.015,0.86; set cblabel "correlation" } else { unset colorbox }
        plot "units.csv" using (column("level") == k && stringcolumn("state") eq state ? column("of") : NaN):"latent":(0.5):(0.5):"correlation" with boxxyerror fillstyle solid 1 noborder fillcolor palette
    }
}
unset multiplot
