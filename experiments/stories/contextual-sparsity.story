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
checks = SPARSE.share-one SPARSE.relu-zeros SPARSE.monotone SPARSE.contextual-beats-static SPARSE.batch-union SPARSE.evaluate-whole SPARSE.evaluate-contextual

erratum = E.sparse-slide
printed = 95 % of the MLP, 80 % of attention, seven times fewer parameters an input, at the same accuracy (of OPT-175B)
holds = at this scale three quarters of the hidden units (SwiGLU), three tenths (ReLU), and every head, for an excess of at most 1 % of the loss
