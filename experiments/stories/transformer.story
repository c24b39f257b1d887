title = The transformer
order = 6
experiments = lm/*
lead = Whole transformers, trained from scratch by the program's own engine: what of the theory survives residual streams,
  several layers and heads, real optimisers.

equation = \operatorname{Attention}(Q, K, V) = \operatorname{softmax} \left( \frac{Q K^\top}{\sqrt{d}} \right) V
says = One head, causal; $d$ is its width.
source = definition

equation = H = - \frac{1}{T} \sum_{t} \sum_{l \le t} b_{tl} \ln b_{tl}
says = The entropy of an attention pattern $b$ averaged over queries, in nats: low is sparse. JoMA predicts a fall, then a
  partial return in the lower layers.
source = JoMA, section 4.2
