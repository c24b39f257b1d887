title = Sinks and caches
order = 8
experiments = cache/*
lead = Initial tokens draw attention though they mean nothing. Dense attention fails beyond the training length, a window fails
  when the first tokens leave it; StreamingLLM keeps these, H2O keeps the keys that were attended most. Measured on small networks
  trained here, each beside a control without a beginning-of-sequence token, and on any network that is named.

equation = K_t = [0, s - 1] \; \text{and} \; [t - L + s + 1, t]
says = The keys that the query at position $t$ sees under StreamingLLM: the first $s$ tokens and the newest $L - s$, its own included. A key's
  position is its rank among them. A window is $s = 0$; dense attention keeps all; re-computation runs the last $L$ tokens afresh.
source = StreamingLLM (arXiv 2309.17453), section 3
checks = CACHE.no-eviction CACHE.window-by-slots CACHE.dense-fails CACHE.window-fails CACHE.one-sink-cures CACHE.no-bos-control

equation = A_j = \sum_t a_{tj}
says = H2O's score of a key: the attention $a_{tj}$ that it got from the queries $t$ so far, summed over the query heads of its group. Before
  a token enters a full cache the key of least score among all but the newest leaves, for ever.
source = H2O (arXiv 2306.14048), section 4
checks = CACHE.h2o-no-eviction CACHE.h2o-beats-recent CACHE.h2o-beats-random CACHE.h2o-beats-least CACHE.sink-brings-half CACHE.h2o-control CACHE.greedy-coverage CACHE.greedy-mass CACHE.oracle-is-best

equation = c_{tj} = \frac{e^{z_{tj}}}{\sum_{i < t} e^{z_{ti}}}, \quad \sum_{j < t} c_{tj} = 1
says = The talk's one layer: a query $t$ sees the tokens before it, and must spend its whole attention on them. Where a head has nothing to add it
  spends it on BOS, whose value becomes small. Bigram-Backcopy has both kinds of query; Scan&Snap's flow on the same statistics has the one that
  copies, and no sink.
source = Guo et al. (arXiv 2410.13835); the talk
checks = CACHE.backcopy-sink CACHE.backcopy-active CACHE.backcopy-drain CACHE.backcopy-window CACHE.backcopy-cure CACHE.backcopy-control CACHE.backcopy-flow-copies CACHE.backcopy-flow-no-sink

equation = 1, \quad L, \quad L, \quad L (L + 1)/2
says = How a token's attention grows with the keys kept: dense, window, streaming, re-computation; counted by the engine, and in closed form. Attention
  passes the network's maps only from thousands of keys on.
source = the talk, StreamingLLM (arXiv 2309.17453), figure 1
checks = CACHE.cost-closed-form CACHE.cost-lists CACHE.cost-powers CACHE.cost-maps CACHE.cost-crossing

equation = \bar a_0 = \frac{1}{T/2} \sum_{t \ge T/2} \frac{a_{t0}}{\sum_j a_{tj}}
says = How a sink is seen: the share of their attention that the queries behind the middle give the first token, by layer and head, while the network
  is trained. With BOS first it appears within some hundred updates, in the lowest layer, and its value stays short; without BOS there is none.
source = Gu et al. (arXiv 2410.10781)
checks = CACHE.sink-bos CACHE.sink-control CACHE.sink-drain CACHE.sink-off-by-one CACHE.sink-sigmoid CACHE.sink-rate CACHE.sink-decay CACHE.sink-data CACHE.sink-model

equation = [s, x_0, x_1, \ldots]
says = A learnable sink: a token $s$ of its own stands before every sequence that is trained on; it is in no text, and never to be predicted. It takes the
  attention, or shares it with a BOS that stands behind it, and is the one first token that a window has to keep. With nothing first there is no sink, whether the
  softmax is off by one (the zero sink) or not, and a window keeps none.
source = StreamingLLM (arXiv 2309.17453), section 3.3 and table 3
checks = CACHE.sink-token CACHE.sink-token-suffices CACHE.sink-token-control CACHE.sink-before-bos CACHE.sink-zero

equation = v^* = v_i \; \text{where} \; k_i = q
says = Recall: a pair of key and value stands early, the query late, and nothing between tells the answer. The first tokens and the newest do not hold
  it; heavy hitters do, for as long as it is asked for.
source = H2O (arXiv 2306.14048)
checks = CACHE.recall-learnt CACHE.recall-sink-guesses CACHE.recall-h2o CACHE.recall-hot
