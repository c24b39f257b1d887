/* Reading and writing text, every way, against a forward pass in scalars. */
#include "decoding.h"

RUN(decoding) {
    ATTNDYN_TRY(decoding_routes(run, p));
    ATTNDYN_TRY(decoding_caches(run, p));
    return decoding_texts(run, p);
}

#define PARAMETERS decoding

/* Single precision: 6e-8 an operation, sums of tens of terms through two or three layers, attention
 * that amplifies. */
#define ROUNDING 1e-4

CLAIM(routes, "LM.decoding-routes", CONTRACT,
      "However a text is fed (whole, in blocks, token by token, beside another, copied, rewound, "
      "under masks), every network gives the logits of its definition.",
      "a logit is off by more than {bound} of the largest", .bound = ROUNDING) {
    double off = 0;
    EACH_ROW (run, routes, r) worst(&off, r->logits);
    return verdict_at_most(v, off, v->bound, "%zu networks and ways", ROWS(run, routes));
}

CLAIM(caches, "LM.decoding-caches", CONTRACT,
      "Under every policy a cache keeps the keys that the policy's words say, and the logits are "
      "those over these keys at their positions.",
      "a logit is off by more than {bound} of the largest, or another key is kept",
      .bound = ROUNDING) {
    double off = 0;
    long keys = 0;
    EACH_ROW (run, caches, r) {
        worst(&off, r->logits);
        keys += r->kept;
    }
    return verdict_at_most(v, keys ? INFINITY : off, v->bound,
                           "%zu networks, policies, positions and ways; %ld other keys",
                           ROWS(run, caches), keys);
}

CLAIM(moves, "LM.decoding-policies-matter", CONTRACT,
      "In these comparisons every policy changes the dense network's logits: none is tested in "
      "vain.",
      "a policy changes them by less than {bound} of the largest", .bound = 100 * ROUNDING) {
    double least = INFINITY;
    EACH_ROW (run, caches, r) least = fmin(least, r->moved);
    return verdict_at_least(v, least, v->bound, "least of %zu", ROWS(run, caches));
}

CLAIM(texts, "LM.decoding-texts", CONTRACT,
      "A token's likelihood is that of the pass it belongs to: one pass, strided windows, fresh "
      "passes with and without a token to restart with, continuations that share a beginning.",
      "a likelihood is off by more than {bound} nats, or another token is held the most probable",
      .bound = 1e-3) {
    double off = 0;
    long others = 0;
    EACH_ROW (run, texts, r) {
        worst(&off, r->nll);
        others += r->best;
    }
    /* The logits of a network of this kind reach ten, each right to 1e-4 of that. */
    return verdict_at_most(v, others ? INFINITY : off, v->bound,
                           "%zu ways; %ld other most probable tokens", ROWS(run, texts), others);
}

CLAIM(draws, "LM.decoding-draws", CONTRACT,
      "Tokens are drawn from the softmax at the temperature, cut to the fewest most probable ones "
      "that have the share top_p.",
      "a frequency is more than {bound} standard errors off, or another token is drawn",
      .bound = 5) {
    double shift = 0;
    long outside = 0;
    EACH_ROW (run, draws, r) {
        worst(&shift, r->shift);
        outside += r->outside;
    }
    /* About twenty binomial numbers: one leaves 5 with a probability of 1e-5. */
    return verdict_at_most(v, outside ? INFINITY : shift, v->bound,
                           "%zu settings, %ld draws each; %ld of other tokens", ROWS(run, draws),
                           p->draws, outside);
}

static const struct check *const claims[] = {&routes, &caches, &moves, &texts, &draws, NULL};

const struct experiment experiment_lm_decoding = {
    .id = "lm/decoding",
    .title = "Reading and writing text, against the definition",
    .source = "sim/model/inference/inference.h",
    .doc = "Small networks with random weights, in single precision, fed in every way that the "
           "engine has, and under every policy of its key-value cache, against a forward pass in "
           "scalars that is written from the definition alone and keeps a plain list of keys. "
           "Likelihoods of a text by one pass, windows, fresh passes and continuations, against "
           "plain passes over what each may see. Draws against the distribution they come from.",
    .params = PARAM_LIST(DECODING),
    .presets = (const struct preset[]){{"quick", "", "twenty networks: tenths of a second"},
                                       {"long", "tokens=100 slots=30 draws=1000000",
                                        "a longer text, more draws"},
                                       {0}},
    .tables =
        (const struct table[]){TABLE_ENTRY(routes, ROUTES, "without a policy: networks and ways"),
                               TABLE_ENTRY(caches, CACHES, "policies"),
                               TABLE_ENTRY(texts, TEXTS, "likelihoods"),
                               TABLE_ENTRY(draws, DRAWS, "draws"),
                               {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures =
        (const struct figure[]){
            {"decoding", "lm/decoding/decoding.gp",
             "Logits under policies of the cache against the definition (dots, single precision), and "
             "what the policy changes in them (crosses): every comparison has four orders to see in."},
            {0}},
    .checks = claims,
    .run = RUN_OF(decoding)};
