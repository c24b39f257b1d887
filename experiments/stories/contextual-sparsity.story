title = Contextual sparsity
order = 10
experiments = sparse/*
lead = Deja Vu: what a token activates is a small part of the network, another part for another token. Kept units are chosen by their
  weight in the output, for each token, or once for all, or by a predictor; beside them a random choice.

equation = w_i = |h_i| ||W_{down, i}||
says = The weight of hidden unit $i$ for a token: its value after activation and gate, times the norm of its column of the output map.
source = Deja Vu (arXiv 2310.17157), section 3
checks = SPARSE.evaluate-contextual SPARSE.evaluate-whole
