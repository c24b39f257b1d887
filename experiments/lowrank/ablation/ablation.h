/* GaLore's settings one by one, at one rate: rank x gap, sides, subspaces, moments, staggered
 * renewals. */
#ifndef LOWRANK_ABLATION_H
#define LOWRANK_ABLATION_H

#include "experiments/lowrank/shared/pupil.h"

#define ABLATION(X)                                                                                \
    X(REALS, ranks, "4,16", "ranks r of the grid", IN(1, 65536))                                   \
    X(REALS, gaps, "10,50,200",                                                                    \
      "gaps of the grid: updates from a renewal of the subspaces to the next", IN(1, 1e8))         \
    X(INT, rank, "16", "rank r outside the grid", IN(1, 65536))                                    \
    X(INT, gap, "50", "gap outside the grid", IN(1, 100000000))                                    \
    X(REAL, scale, "0.25", "GaLore's scale alpha", IN(1e-6, 1000))                                 \
    X(INT, seeds, "2", "seeds of start and minibatches, the same for every setting", IN(1, 1000))  \
    NETWORK_RECIPE_AT(X, "300", "32", "64", "2", "4", "2e-2", "0")
PARAMS(ablation, ABLATION)

#define ARMS(X)                                                                                    \
    X(TEXT, group, "what is varied: grid (rank x gap), side, subspace, moments, renewals")         \
    X(TEXT, setting, "setting within the group")                                                   \
    X(INT, rank, "rank r")                                                                         \
    X(INT, gap, "updates from a renewal of the subspaces to the next")                             \
    X(INT, seed, "seed of start and minibatches")                                                  \
    X(REAL, valid, "validation loss: at the end, on the last tenth of the text",                   \
      .unit = "nat/byte")                                                                          \
    X(OPTIONAL, lost,                                                                              \
      "share of the energy ||G||_F^2 that the best subspaces of rank r hold which those of the "   \
      "last renewal leave out; empty: two-sided, or not all renewed at once")                      \
    X(INT, states, "optimiser states held: moments and projectors", .unit = "B")                   \
    X(INT, expected, "the same by the formulas for the sides", .unit = "B")
TABLE(arms, ARMS, "every training")

extern const struct check *const ablation_claims[];

#endif
