# House style: SVG, comma-separated tables with a header row, colour-blind safe lines
# (Okabe and Ito), viridis for maps. What somebody has in a ~/.gnuplot is undone first.
reset
set terminal svg size 860,520 dynamic enhanced font "DejaVu Sans,13" background rgb "white"
set encoding utf8
set decimalsign
set output out
set datafile separator comma
set datafile commentschars ""
set datafile missing ""
set key autotitle columnhead
set key spacing 1.1 samplen 2
set border linewidth 1 linecolor rgb "#444444"
set tics nomirror textcolor rgb "#222222"
set grid linecolor rgb "#dddddd" linewidth 0.7
set style fill solid 0.85 noborder
set pointintervalbox 0.5 # short error bars are not hidden behind what a point clears around it
do for [i = 1:8] {
    set linetype i linecolor rgb word("#0072b2 #d55e00 #009e73 #cc79a7 #56b4e9 #e69f00 #000000 #999999", i) linewidth 2 dashtype solid pointtype i pointsize 0.7
}
set linetype cycle 8
set palette defined (0 "#440154", 0.25 "#3b528b", 0.5 "#21918c", 0.75 "#5ec962", 1 "#fde725")
# In place of a panel whose list is empty: eval nothing
nothing = 'set label 9 "nothing to show" at graph 0.5,0.5 center; plot [1:2] [1:2] 3 notitle; unset label 9'
# Names as they are written, of words that a table has in small letters.
written_of = "galore lora lora-all relora dora lowrank freeze adam adam8bit galore8bit adafactor swiglu relu leaky-relu gelu silu mlp h2o tova keynorm bos plain sink-token svd"
written_as = "GaLore LoRA 'LoRA, all' ReLoRA DoRA 'W = B A' 'last layer' Adam 'Adam, 8 bits' 'GaLore, 8 bits' Adafactor SwiGLU ReLU 'leaky ReLU' GELU SiLU MLP H2O TOVA 'key norm' 'BOS first' 'nothing first' 'sink token' SVD"
written_place(name) = sum [i = 1:words(written_of)] (word(written_of, i) eq name ? i : 0)
written(name) = written_place(name) ? word(written_as, written_place(name)) : name
