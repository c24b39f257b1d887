#include "heavy_hitters.h"

#include "experiments/cache/shared/effect.h"

#include <string.h>

#define PARAMETERS heavy_hitters

#define H2O_PAPER PAPER("H2O (arXiv 2306.14048)", "figures 2 to 4")

CLAIM(no_eviction, "CACHE.h2o-no-eviction", CONTRACT,
      "Where nothing leaves the cache, H2O is dense attention, bit for bit.",
      "a token's loss differs at all", .bound = 0) {
    return verdict_at_most(v, WORST(run, exact, no_eviction), v->bound,
                           "largest difference of a token's loss");
}

CLAIM(greedy, "CACHE.greedy-coverage", DERIVED_AS("Nemhauser, Wolsey and Fisher (1978): a theorem"),
      "The greedy choice of keys by coverage reaches 1 - 1/e of the best.", "it falls below",
      .bound = 0.63212055882855767) {
    return verdict_at_least(v, LEAST(run, exact, greedy), v->bound,
                            "four of twelve keys; mean %.4f",
                            SUM(run, exact, greedy_mean) / (double)ROWS(run, exact));
}

CLAIM(modular, "CACHE.greedy-mass", DERIVED_AS("a sum over the chosen keys: a theorem"),
      "By the attention that its keys get the greedy choice is the best of all.",
      "it falls below by more than rounding", .bound = 1e-12) {
    return verdict_at_most(v, fabs(1 - LEAST(run, exact, modular)), v->bound,
                           "four of twelve keys");
}

/* Loss of a policy less that of h2o at the budget of the claims, over all seeds. */
static struct effect over_h2o(const struct trial *run, const struct heavy_hitters *p,
                              const char *trained, const char *policy) {
    struct effect x = {0, 0, 0};
    EACH_ROW (run, losses, r)
        if (strcmp(r->trained, trained) == 0 && strcmp(r->policy, policy) == 0 &&
            r->budget == p->budget)
            effect_add(&x, r->over_h2o, r->over_h2o_error);
    return effect_mean(&x);
}

static enum attndyn_status worse_than_h2o(const struct trial *run, const struct heavy_hitters *p,
                                          const char *policy, struct verdict *v) {
    struct effect x = over_h2o(run, p, "bos", policy);
    if (x.seeds == 0) return verdict_skip(v, "needs budget=%g among budgets", p->budget);
    return verdict_at_least(v, x.mean / x.error, v->bound,
                            "%s costs %.4f +- %.4f nat more than h2o with %g of the keys, %zu "
                            "seed(s)",
                            policy, x.mean, x.error, p->budget, x.seeds);
}

CLAIM(recent, "CACHE.h2o-beats-recent", H2O_PAPER,
      "Heavy and recent keys do better than as many recent ones, in a cache of some ten keys.",
      "the difference is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    return worse_than_h2o(run, p, "recent", v);
}
CLAIM(random_keys, "CACHE.h2o-beats-random", H2O_PAPER,
      "Heavy keys do better than random ones, beside as many recent ones.",
      "the difference is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    return worse_than_h2o(run, p, "random", v);
}
CLAIM(least, "CACHE.h2o-beats-least", H2O_PAPER,
      "Heavy keys do better than those of least attention, beside as many recent ones.",
      "the difference is below {bound} standard errors", .bound = STANDARD_ERRORS) {
    return worse_than_h2o(run, p, "least", v);
}

CLAIM(oracle, "CACHE.oracle-is-best", DERIVED,
      "No policy does better than an oracle that knows how much attention each key will still "
      "get: what a policy lacks is knowledge of the future.",
      "a policy with as many keys, at any budget and in the control too, does better by more than "
      "{bound} standard errors of both",
      .bound = STANDARD_ERRORS) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, losses, best) {
        if (strcmp(best->policy, "oracle") != 0) continue;
        EACH_ROW (run, losses, r)
            if (r->seed == best->seed && r->budget == best->budget &&
                strcmp(r->trained, best->trained) == 0 && strcmp(r->policy, "oracle") != 0) {
                /* unpaired: larger than the error of the paired difference */
                const double error = hypot(r->error, best->error);
                if (error > 0) tally_larger(&most, (best->excess - r->excess) / error);
            }
    }
    return verdict_at_most(v, most.value, v->bound, "most of %zu comparisons, in standard errors",
                           most.n);
}

CLAIM(sink, "CACHE.sink-brings-half", DERIVED,
      "Where sequences begin with BOS the first key beside the newest ones brings at least half of "
      "what heavy hitters gain over the newest alone.",
      "it brings less than {percent}", .bound = 0.5) {
    struct effect x = over_h2o(run, p, "bos", "sink"), recent_ = over_h2o(run, p, "bos", "recent");
    if (x.seeds == 0) return verdict_skip(v, "needs budget=%g among budgets", p->budget);
    if (!(recent_.mean > STANDARD_ERRORS * recent_.error))
        return verdict_skip(v, "heavy hitters gain nothing over recent keys here");
    return verdict_at_least(
        v, 1 - x.mean / recent_.mean, v->bound,
        "over h2o with %g of the keys: sink %.4f +- %.4f nat, recent %.4f +- %.4f", p->budget,
        x.mean, x.error, recent_.mean, recent_.error);
}

CLAIM(control, "CACHE.h2o-control", DERIVED,
      "Trained without BOS, the network has little to gain from heavy hitters.",
      "they gain more than {percent} of what they gain with BOS", .bound = 0.25) {
    struct effect plain = over_h2o(run, p, "plain", "recent"),
                  bos = over_h2o(run, p, "bos", "recent");
    if (plain.seeds == 0 || bos.seeds == 0)
        return verdict_skip(v, "needs the control, and budget=%g among budgets", p->budget);
    if (!(bos.mean > STANDARD_ERRORS * bos.error))
        return verdict_skip(v, "heavy hitters gain nothing over recent keys with BOS either here");
    return verdict_at_most(v, positive_part(plain.mean - 2 * plain.error) / bos.mean, v->bound,
                           "recent keys over h2o: %.4f +- %.4f nat, with BOS %.4f +- %.4f; judged "
                           "two standard errors towards 0",
                           plain.mean, plain.error, bos.mean, bos.error);
}

const struct check *const heavy_hitters_claims[] = {
    &no_eviction, &greedy, &modular, &oracle, &recent, &random_keys, &least, &sink, &control, NULL};
