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
  first lowers it, then raises it again. Over the rate times the minibatches the authors' curves of one layer fall together (rates 5e-6 to 1e-4): a start-up
  transient until 0.03, the fall, by 31 to 41 %, until 0.2 to 0.3, the way back, a third at 1 and two thirds at 3.
source = JoMA, figures 6 and 8, by the authors' logs
checks = LM.starts-uniform LM.entropy-falls LM.entropy-bounces-back

equation = \sum_m z_m = \tfrac{1}{2} \sum_k v_k^2 + c
says = JoMA's Theorem 1, exp attention, where queries $m$ share the $w_k$ that read them: of their sum, of no query alone. What a residual stream, more layers,
  a norm, Adam and a trained embedding leave of it stands in the table course of lm/joma-real.
source = derived here, after JoMA, Theorem 1
checks = LM.ladder-exact LM.ladder-ledger LM.ladder-one-of-many LM.ladder-softmax

equation = \operatorname{sr}(G) = \frac{\|G\|_F^2}{\|G\|_2^2} \le \tfrac{1}{2} \frac{m n}{(\sqrt{m} + \sqrt{n})^2}
says = The stable rank of gradients on text, beside that of normal noise of the same shape. It is low from the first minibatch on and rises in training.
source = GaLore, section 3.2, read for a network on text
checks = LM.gradients-low-rank

equation = \frac{d}{d \epsilon} L(\theta + \epsilon x) = \frac{1}{h} \operatorname{Im} L(\theta + i h x)
says = The engines against their definitions: a forward pass in scalars, whose numbers are complex, gives logits and, with $h = 10^{-30}$, exact
  derivatives. Every branch that trains, every way to read and write text, every policy of the cache, every published family's files.
source = derived here
checks = LM.engine-logits LM.engine-gradient LM.engine-thrift LM.engine-control LM.engine-dropout-mean LM.engine-masks-differ LM.engine-masked-gradient LM.decoding-routes LM.decoding-caches LM.decoding-policies-matter LM.decoding-texts LM.decoding-draws LM.families-logits LM.families-rewritten LM.families-control LM.families-in-place LM.families-refused
