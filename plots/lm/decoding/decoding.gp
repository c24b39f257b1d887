# Policies: how far the engine is off, and how much the policy changes.
set logscale x
set format x "10^{%T}"
set xlabel "difference of the logits, over the largest logit"
set xrange [1e-9:10]
policies = "window streaming h2o least tova keynorm"
set yrange [6.6:0.4]
set for [k = 1:6] ytics (written(word(policies, k)) k)
set key center top horizontal outside
place(name) = (sum [k = 1:6] (word(policies, k) eq name ? k : 0))
row(i) = place(T_caches_policy[i]) + (T_caches_positions[i] eq "cache" ? 0.12 : -0.12)
shown(x) = x > 0 ? x : 2e-9
plot "caches.csv" using (shown(column("logits"))):(row(int(column(0)) + 1)) with points lt 1 pt 7 title "engine against definition", \
     "" using "moved":(row(int(column(0)) + 1)) with points lt 2 pt 2 title "policy against all keys"
