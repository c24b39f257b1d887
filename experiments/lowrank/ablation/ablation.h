/* GaLore's settings one by one, at one rate: rank x gap, sides, subspaces, moments, staggered
 * renewals. */
#ifndef LOWRANK_ABLATION_H
#define LOWRANK_ABLATION_H

#include "experiments/lowrank/shared/pupil.h"

#define ABLATION(X)                                                                                \
    X(REALS, ranks, "4,16", "ranks r", IN(1, 65536))                                               \
    X(REALS, gaps, "10,50,200", "updates from a renewal to the next", IN(1, 1e8))                  \
    X(INT, rank, "16", "r of all else", IN(1, 65536))                                              \
    X(INT, gap, "50", "gap of all else", IN(1, 100000000))                                         \
    X(REAL, scale, "0.25", "alpha", IN(1e-6, 1000))                                                \
    X(INT, seeds, "2", "of the start and of the minibatches, the same for every setting",          \
      IN(1, 1000))                                                                                 \
    NETWORK_RECIPE_AT(X, "300", "32", "64", "2", "4", "2e-2", "0")
PARAMS(ablation, ABLATION)

#define ARMS(X)                                                                                    \
    X(TEXT, group, "grid (rank x gap), side, subspace, moments, renewals")                         \
    X(TEXT, setting, "in the group")                                                               \
    X(INT, rank, "r")                                                                              \
    X(INT, gap, "updates from a renewal to the next")                                              \
    X(INT, seed, "of start and minibatches")                                                       \
    X(REAL, valid, "at the end, on the last tenth of the text", .unit = "nat/byte")                \
    X(OPTIONAL, lost,                                                                              \
      "energy of the gradients that the last renewal leaves out, of what the best subspace of "    \
      "rank r holds; empty: two-sided, or not all renewed at once")                                \
    X(INT, states, "bytes held: moments and projectors")                                           \
    X(INT, expected, "by the formulas for the sides")
TABLE(arms, ARMS, "every training")

extern const struct check *const ablation_claims[];

#endif
