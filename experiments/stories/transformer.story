title = The transformer
order = 6
experiments = lm/*
lead = Whole transformers, trained from scratch by the program's own engine: what of the theory survives residual streams,
  several layers and heads, real optimisers.

equation = \operatorname{Attention}(Q, K, V) = \operatorname{softmax} \left( \frac{Q K^\top}{\sqrt{d}} \right) V
says = One head, causal; $d$ is its width.
source = definition

equation = H = - \frac{1}{T} \sum_{t} \sum_{l \le t} b_{tl} \ln b_{tl}
says = The entropy of an attention pattern $b$ averaged over queries, in nats: low is sparse. JoMA finds that training
  first lowers it, then raises it again.
source = JoMA, figures 6 and 8

erratum = E.stream-orthogonal
printed = $U^\top U = I$, read for what a deeper layer writes.
holds = Embeddings of frequent tokens stay nearly orthogonal; the stream's vectors share directions at some time of the training.

erratum = LM.ladder-one-of-many
printed = $z_m = \tfrac{1}{2} \sum_k v_k^2 + c$ for each of the queries $m$ that share the $w_k$.
holds = $\sum_m z_m = \tfrac{1}{2} \sum_k v_k^2 + c$.

erratum = LM.ladder-network
printed = The change of $z$ follows from that of $V$ in a layer of a transformer.
holds = It does for softmax attention with one query and no residual stream, to within half of its size.

erratum = E.gradient-rank-falls
printed = Training lowers the rank of the gradients.
holds = It is low from the first minibatch on, and rises.
