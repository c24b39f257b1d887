#include "training.h"

#include <string.h>

#define PARAMETERS training

/* An effect counts from four standard errors on (by chance one in 15,000). */
#define STANDARD_ERRORS 4

/* Each unit's row is drawn by itself, and -w is as probable as w: the share of tokens for which a
 * unit is active has mean 1/2 and a variance of at most 1/4, whatever the tokens. */
CLAIM(half, "SPARSE.half-at-start", DERIVED,
      "Before training half of the units behind a ReLU are 0 for a token, at every layer.",
      "the share is further from 1/2 than {bound} times 1/2 over the root of the units",
      .bound = STANDARD_ERRORS) {
    struct tally most = {NOTHING_YET, 0};
    EACH_ROW (run, step_row, r)
        if (r->step == 0 && strcmp(r->activation, "relu") == 0) {
            tally_worst(&most, (r->active - 0.5) / (0.5 / sqrt(4 * (double)r->width)));
        }
    if (most.n == 0) return verdict_skip(v, "needs 0 among steps");
    return verdict_at_most(v, most.value, v->bound, "standard errors, %zu layers", most.n);
}

CLAIM(sparser, "SPARSE.training-sparser", PAPER("JoMA (arXiv 2310.00535)", "section 5"),
      "Training makes active units behind a ReLU rarer: at every layer of every network fewer "
      "are active at the last look than at the first.",
      "the fall of a layer's share is below {bound} standard errors over sequences",
      .bound = STANDARD_ERRORS) {
    double least = INFINITY, last = p->steps.at[p->steps.count - 1], at = NAN;
    size_t n = 0;
    if (p->steps.count < 2) return verdict_skip(v, "needs two steps");
    EACH_ROW (run, step_row, r)
        if ((double)r->step == last && strcmp(r->activation, "relu") == 0) {
            double x = -r->change / r->change_error;
            if (!(x >= least)) least = x, at = -r->change;
            n++;
        }
    return verdict_at_least(v, least, v->bound, "%zu layers; the least fall is %.4f", n, at);
}

CLAIM(exact, "SPARSE.saliency-differentiated", CONTRACT,
      "The saliency is the derivative that it claims to be: over all tokens it sums to a central "
      "difference of the loss as the engine gives it.",
      "a unit is off by more than {percent} of the largest", .bound = 0.01) {
    double off = SCALAR_OF(run, summary, off);
    if (isnan(off)) return verdict_skip(v, "no network of one layer");
    /* single precision and a step of 0.02 leave some 1e-3 */
    return verdict_at_most(v, off, v->bound, "of five units");
}

CLAIM(salient, "SPARSE.saliency-predicts", DERIVED_AS("derived here, after JoMA's dynamics"),
      "At first a token gets the units for which it is salient: up to the second look activations "
      "change with the token's own saliency more than with another's.",
      "the difference of the correlations is below {bound} standard errors over tokens",
      .bound = STANDARD_ERRORS) {
    double least = INFINITY, at = NAN, late = NAN;
    size_t n = 0;
    EACH_ROW (run, saliency, r) {
        if ((double)r->from != p->steps.at[0]) {
            late = r->own - r->other;
            continue;
        }
        double x = (r->own - r->other) / r->error;
        if (!(x >= least)) least = x, at = r->own - r->other;
        n++;
    }
    if (n == 0) return verdict_skip(v, "no network of one layer, or one look");
    return verdict_at_least(v, least, v->bound,
                            "%zu network(s); the least difference is %.3f, over the last interval "
                            "%.3f",
                            n, at, late);
}

const struct check *const training_claims[] = {&half, &sparser, &exact, &salient, NULL};
