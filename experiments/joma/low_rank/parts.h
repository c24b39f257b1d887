/* joma/low-rank: what its run computes; the experiment itself is in low_rank.c. */
#ifndef JOMA_LOW_RANK_PARTS_H
#define JOMA_LOW_RANK_PARTS_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

#define LOW_RANK_FAMILIES "normal|lognormal|zipf|ce"
enum { LOW_RANK_FAMILY_COUNT = 4 };

/* Delta (m, k) of a family: N(0,1); N(0,1) with rows times exp(N/2), the factors drawn after;
 * N(0,1) with row l divided by l + 1; X (I - 11^T/K)/K with X = U(M, K), columns of sum 1 (the
 * cross-entropy gradient at zero). The stream is that of the parameter rng. */
enum attndyn_status low_rank_delta(struct attndyn_context *ctx, const struct params *params,
                                   int family, uint64_t seed, size_t m, size_t k, double *delta);

/* The given Delta: forms and integrators against closed forms; blow-up times; state. */
enum attndyn_status low_rank_small(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results);
/* The joint flow (W, z) against the folded forms. */
enum attndyn_status low_rank_joint(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results);
/* Rank over radius for each family and form; thresholds. */
enum attndyn_status low_rank_curves(struct attndyn_context *ctx, const struct params *params,
                                    struct results *results);
enum attndyn_status low_rank_thresholds(struct attndyn_context *ctx, const struct params *params,
                                        struct results *results);
/* Who blows up first under each form, for random Delta. */
enum attndyn_status low_rank_winners(struct attndyn_context *ctx, const struct params *params,
                                     struct results *results);
/* Gradient descent on W and z together, with real and with fixed gradients. */
enum attndyn_status low_rank_training(struct attndyn_context *ctx, const struct params *params,
                                      struct results *results);
/* One large instance. */
enum attndyn_status low_rank_large(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results);

#endif
