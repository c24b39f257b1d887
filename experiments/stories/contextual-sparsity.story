title = Contextual sparsity
order = 10
experiments = sparse/*
lead = What a token activates is a small part of a network, and another part for the next token. The talk's 85 % (80 % of attention, 95 % of
  the MLP) are of OPT-175B; here the same measure on small networks, one with SwiGLU and one with ReLU, and on any network that is named.
  What is chosen from the weights themselves is an oracle: it says what could be left out, and saves nothing.

equation = w_i = |h_i| ||W_{down, i}||
says = The weight of a token's hidden unit $i$: its value after activation and gate, times the norm of its column of the output map. Of $n$ units the heaviest, $s n$ of them rounded up, are kept, in every
  layer, and the others put out 0. A head weighs the norm of its output after its slice of the output map.
source = Deja Vu (arXiv 2310.17157), section 3
checks = SPARSE.share-one SPARSE.relu-zeros SPARSE.monotone SPARSE.contextual-beats-static SPARSE.batch-union SPARSE.calibrated-apart SPARSE.evaluate-whole SPARSE.evaluate-contextual

equation = \hat{s} = U (V \frac{x}{|x|/\sqrt{d}}) + b
says = A predictor: two maps, $d$ to $r$ to $h$, of what enters the layer (or, ahead, of what entered the one before), trained by binary cross-entropy against whether a unit is
  among the token's heaviest. The units of largest $\hat{s}$ are kept. The oracle bounds it; a static choice is what it has to beat.
source = Deja Vu (arXiv 2310.17157), section 4
checks = SPARSE.predictor-beats-static SPARSE.ahead-beats-static SPARSE.oracle-bounds-predictor SPARSE.predictor-reads SPARSE.predictor-apart

equation = s^* = 1 - \frac{r (d + h) + h}{m d h}
says = The share of units at which predictor and chosen units are as many numbers as all $m$ maps of the MLP. A rank of 1000 in a block of width 1024 (two maps) leaves at most a factor of 1.4 at a tenth of the units. What is
  read is counted row by row; gathered units give the bits of dense decoding. Time is another matter: it follows the bytes only beyond the last cache.
source = derived here
checks = SPARSE.gathered-whole SPARSE.gathered-chosen SPARSE.gathered-counted SPARSE.break-even-bytes SPARSE.decode-faster

equation = \Delta_{l k} = E[ - \frac{\partial \ell}{\partial u_k} | l ]
says = The saliency of token $l$ for unit $k$, $u_k$ before the ReLU, in a network of one layer. Part I's dynamics are driven by it. Here activations change with the token's own saliency more than with another's: most at first, less and less
  later, when AdamW has moved everything at once. Units are half active at the start, become more active in the first updates, and then sparse.
source = derived here, after JoMA
checks = SPARSE.half-at-start SPARSE.training-sparser SPARSE.saliency-differentiated SPARSE.saliency-predicts

