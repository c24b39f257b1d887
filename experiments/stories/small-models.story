title = Small models
order = 11
experiments = mobile/*
lead = MobileLLM's choices at a scale that this machine trains: depth and width, tied embeddings, grouped heads, blocks that are used
  several times. Exact first: what sharing, tying and grouping are, and what a token costs. Zero-shot tables for any network that is named.

equation = \frac{\partial L}{\partial W} = \sum_{l : b(l) = B} \frac{\partial L}{\partial W_l}
says = The gradient of block $B$ is the sum over the depths $l$ that use it. A network with its own weights at each depth gives the terms.
source = MobileLLM (arXiv 2402.14905), section 2.3
checks = MOBILE.tasks-above-chance MOBILE.tasks-published MOBILE.shared-gradient MOBILE.tied-gradient MOBILE.grouped-heads MOBILE.weights-counted MOBILE.bytes-counted MOBILE.shape-one-layer MOBILE.shape-equal MOBILE.sharing-order MOBILE.sharing-gradient MOBILE.sharing-schemes MOBILE.sharing-bytes MOBILE.sharing-helps MOBILE.sharing-latency MOBILE.ladder-parameters MOBILE.ladder-operations MOBILE.ladder-heads MOBILE.ladder-gradients MOBILE.ladder-shapes MOBILE.ladder-climbs MOBILE.traffic-by-distance MOBILE.immediate-reuse MOBILE.immediate-excess MOBILE.latency-immediate MOBILE.learns
