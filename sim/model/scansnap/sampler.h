/* Contexts: how often each token of a class's support occurs among `trials` independent draws. */
#ifndef ATTNDYN_MODEL_SCANSNAP_SAMPLER_H
#define ATTNDYN_MODEL_SCANSNAP_SAMPLER_H

#include "../../base/random.h"

/* Walker's alias table over n categories: one 32-bit number gives one draw, its high part the
 * column, its low part the coin. Probabilities are met to within n 2^-32. Draws are counted in
 * cells (column, side of the coin) and cells added to categories at the end: no branch on the coin.
 * The cells are scratch: one table per thread. */
struct attndyn_alias {
    uint32_t n;
    uint32_t *threshold; /* (n) a coin below it keeps the column */
    uint32_t *other;     /* (n) the category taken otherwise */
    uint32_t *cells;     /* (4 n): two interleaved sets, so that neighbours do not wait */
};
/* probability: (n), sum 1. */
enum attndyn_status attndyn_alias_create(struct attndyn_context *ctx, size_t n,
                                         const double *probability, struct attndyn_alias *alias);

/* counts: (n), overwritten. Two draws from each 64-bit number of the SplitMix64 stream `state`. */
void attndyn_alias_counts(const struct attndyn_alias *alias, uint64_t *state, size_t trials,
                          uint32_t *counts);

/* The same counts by whichever is cheaper: draws from the table, about 1 ns each, or one binomial
 * for each category (GSL's multinomial), about 80 ns each. probability: (n), the table's. */
void attndyn_sampler_counts(const struct attndyn_alias *alias, const double *probability,
                            uint64_t *state, size_t trials, uint32_t *counts);

#endif
