/* Token distributions with positions: what a flow of position logits trains on.
 *
 * K classes n with a query psi(n) and a probability P(n); the context is R buckets of relative
 * position, bucket r holding the share pi_r of the tokens (contexts are long: T -> infinity inside
 * each), with its own laws P_r(l|n) over M tokens. The class is the answer, or it has one: several
 * classes with one answer are one class whose context is drawn (enumerated finite contexts). */
#ifndef ATTNDYN_MODEL_POSITION_PLACED_H
#define ATTNDYN_MODEL_POSITION_PLACED_H

#include "../../base/context.h"

struct attndyn_placed {
    size_t classes, tokens, positions, queries, answers; /* K, M, R, L, V */
    size_t *query;                                       /* psi: (K) */
    size_t *answer;            /* (K) the decoder's column that is right; n at first */
    double *class_probability; /* P(n): (K), sum 1 */
    double *share;             /* pi_r: (R), > 0, sum 1 */
    double *probability;       /* P_r(l|n): (R, K, M), each (r, n) sums to 1 */
};

/* Allocates; all P(n) = 1/K, pi_r = 1/R, one query, probabilities zero. */
enum attndyn_status attndyn_placed_create(struct attndyn_context *ctx, size_t classes,
                                          size_t tokens, size_t positions,
                                          struct attndyn_placed **data);
static inline double *attndyn_placed_law(const struct attndyn_placed *data, size_t r, size_t n) {
    return data->probability + (r * data->classes + n) * data->tokens;
}
/* Checks ranges and sums (to 1 within 1e-6, then divided by their sum), and sets `queries` and
 * `answers`. ATTNDYN_USAGE with the place where something is wrong. */
enum attndyn_status attndyn_placed_complete(struct attndyn_context *ctx,
                                            struct attndyn_placed *data);

#endif
