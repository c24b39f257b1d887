title = Contextual sparsity
<<<<<<< HEAD
order = 10
experiments = sparse/*
lead = Deja Vu: what a token activates is a small part of the network, another part for another token. Kept units are chosen by their
  weight in the output, for each token, or once for all, or by a predictor; beside them a random choice.

equation = w_i = |h_i| ||W_{down, i}||
says = The weight of hidden unit $i$ for a token: its value after activation and gate, times the norm of its column of the output map.
source = Deja Vu (arXiv 2310.17157), section 3
checks = SPARSE.evaluate-contextual SPARSE.evaluate-whole
=======
order = 9
experiments = sparse/*
lead = What a token activates is a small part of a network, and another part for the next token. The talk's 85 % (80 % of attention, 95 % of
  the MLP) are of OPT-175B; here the same measure on small networks, one with SwiGLU and one with ReLU, and on any network that is named.
  What is chosen from the weights themselves is an oracle: it says what could be left out, and saves nothing.

equation = w_i = |h_i|\,\|W_{down}[:, i]\|
says = The weight of a token's hidden unit $i$, $h$ after activation and gate. Of $n$ units the $\lceil s\,n \rceil$ heaviest are kept, in every
  layer, and the others put out 0. A head weighs the norm of its output after its slice of the output map.
source = Deja Vu (arXiv 2310.17157), section 3
checks = SPARSE.share-one SPARSE.relu-zeros SPARSE.monotone SPARSE.contextual-beats-static SPARSE.batch-union

erratum = E.sparse-slide
printed = 95 % of the MLP, 80 % of attention, seven times fewer parameters an input, at the same accuracy (of OPT-175B)
holds = at this scale three quarters of the hidden units (SwiGLU), three tenths (ReLU), and every head, for an excess of at most 1 % of the loss
>>>>>>> a96737e (sparse/contextual: the loss against the share of units kept, exact zeros, tolerances, unions over batches; its page in the report)
