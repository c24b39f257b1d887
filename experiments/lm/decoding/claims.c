#include "decoding.h"

#define PARAMETERS decoding

/* Single precision: 6e-8 an operation, sums of tens of terms through two or three layers, attention
 * that amplifies. */
#define ROUNDING 1e-4

CLAIM(routes, "LM.decoding-routes", CONTRACT,
      "However a text is fed (whole, in blocks, token by token, beside another, copied, rewound, "
      "under masks), every network gives the logits of its definition.",
      "a logit is off by more than {bound} of the largest", .bound = ROUNDING) {
    return verdict_at_most(v, WORST(run, routes, logits), v->bound, "%zu networks and ways",
                           ROWS(run, routes));
}

CLAIM(caches, "LM.decoding-caches", CONTRACT,
      "Under every policy a cache keeps the keys that the policy's words say, and the logits are "
      "those over these keys at their positions.",
      "a logit is off by more than {bound} of the largest, or another key is kept",
      .bound = ROUNDING) {
    const double keys = SUM(run, caches, kept);
    return verdict_at_most(v, keys > 0 ? INFINITY : WORST(run, caches, logits), v->bound,
                           "%zu networks, policies, positions and ways; %g other keys",
                           ROWS(run, caches), keys);
}

CLAIM(moves, "LM.decoding-policies-matter", CONTRACT,
      "In these comparisons every policy changes the dense network's logits: none is tested in "
      "vain.",
      "a policy changes them by less than {bound} of the largest", .bound = 100 * ROUNDING) {
    return verdict_at_least(v, LEAST(run, caches, moved), v->bound, "least of %zu",
                            ROWS(run, caches));
}

CLAIM(texts, "LM.decoding-texts", CONTRACT,
      "A token's likelihood is that of the pass it belongs to: one pass, strided windows, fresh "
      "passes with and without a token to restart with, continuations that share a beginning.",
      "a likelihood is off by more than {bound} nats, or another token is held the most probable",
      .bound = 1e-3) {
    const double others = SUM(run, texts, best);
    /* The logits of a network of this kind reach ten, each right to 1e-4 of that. */
    return verdict_at_most(v, others > 0 ? INFINITY : WORST(run, texts, nll), v->bound,
                           "%zu ways; %g other most probable tokens", ROWS(run, texts), others);
}

CLAIM(draws, "LM.decoding-draws", CONTRACT,
      "Tokens are drawn from the softmax at the temperature, cut to the fewest most probable ones "
      "that have the share top_p.",
      "a frequency is more than {bound} standard errors off, or another token is drawn",
      .bound = 5) {
    const double outside = SUM(run, draws, outside);
    /* About twenty binomial numbers: one leaves 5 with a probability of 1e-5. */
    return verdict_at_most(v, outside > 0 ? INFINITY : WORST(run, draws, shift), v->bound,
                           "%zu settings, %ld draws each; %g of other tokens", ROWS(run, draws),
                           p->draws, outside);
}

const struct check *const decoding_claims[] = {&routes, &caches, &moves, &texts, &draws, NULL};
