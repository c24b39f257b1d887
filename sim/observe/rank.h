/* How many directions a matrix has. a: (m, n) row-major, left as it is. */
#ifndef ATTNDYN_OBSERVE_RANK_H
#define ATTNDYN_OBSERVE_RANK_H

#include "../base/context.h"

/* Stable rank ||a||_F^2 / ||a||_2^2 by singular value decomposition. A zero matrix has none: fails.
 */
enum attndyn_status attndyn_stable_rank(struct attndyn_context *ctx, size_t m, size_t n,
                                        const double *a, double *rank);
/* The same for large matrices: the norm by Lanczos iteration to the relative `tolerance` (of the
 * norm; 0: 1e-10), no decomposition. */
enum attndyn_status attndyn_stable_rank_iterative(struct attndyn_context *ctx, size_t m, size_t n,
                                                  const double *a, double tolerance, double *rank);
/* Effective rank exp(-sum p ln p), p = s / sum s of the singular values (Roy and Vetterli 2007). */
enum attndyn_status attndyn_effective_rank(struct attndyn_context *ctx, size_t m, size_t n,
                                           const double *a, double *rank);
/* Both from singular values s (k), for callers that have them. NaN if all are zero. */
double attndyn_stable_rank_of(size_t k, const double *s);
double attndyn_effective_rank_of(size_t k, const double *s);

#endif
