/* Which units a token needs, known before they are computed: what a user sets and what a run
 * emits. predictor.c computes, claims.c judges. */
#ifndef SPARSE_PREDICTOR_PREDICTOR_H
#define SPARSE_PREDICTOR_PREDICTOR_H

#include "experiments/sparse/shared/looked.h"

#define PREDICTOR(X)                                                                               \
    LOOKED(X)                                                                                      \
    X(REALS, shares, "0.1,0.2,0.3,0.5", "shares of the hidden units that are kept", IN(1e-6, 1))   \
    X(REAL, target, "0.2",                                                                         \
      "share of a token's units, the heaviest, that the predictors learn and that recall is of",   \
      IN(1e-6, 1))                                                                                 \
    X(INT, rank, "16", "rank of the predictors", IN(1, 65536))
PARAMS(predictor, PREDICTOR)

#define LOSSES(X)                                                                                  \
    X(TEXT, network, "swiglu, relu (-2 ...: other seeds), model")                                  \
    X(TEXT, choose, "contextual (an oracle), static, random, predictor, predictor-ahead")          \
    X(REAL, share, "of the hidden units that are kept")                                            \
    X(REAL, excess, "loss less that of all units, paired by sequence", .unit = "nat")              \
    X(REAL, error, "its standard error", .unit = "nat")                                            \
    X(REAL, over_static, "static's excess less this one, paired", .unit = "nat")                   \
    X(REAL, over_static_error, "its standard error", .unit = "nat")                                \
    X(REAL, recall, "share of the heaviest (`target`) that were among the chosen")                 \
    X(REAL, precision, "share of the chosen that were among the heaviest")
TABLE(losses, LOSSES, "the loss with chosen units")

#define LAYERS(X)                                                                                    \
    X(TEXT, network, "swiglu, relu, model")                                                          \
    X(TEXT, choose, "contextual, static, random, predictor, predictor-ahead")                        \
    X(INT, layer, "from the lowest, 0")                                                              \
    X(REAL, share, "kept: the one next to `target`")                                                 \
    X(REAL, recall, "of that layer")                                                                 \
    X(REAL, precision, "of that layer")                                                              \
    X(OPTIONAL, cosine,                                                                              \
      "of what enters the layer and what entered the one before, mean over tokens, with all units; " \
      "empty at the lowest")
TABLE(layers, LAYERS,
      "recall by layer, and how far the residual "
      "stream turns")

#define NETWORKS(X)                                                                                \
    X(TEXT, network, "swiglu, relu, model")                                                        \
    X(REAL, dense, "loss with all units", .unit = "nat")                                           \
    X(REAL, reads, "numbers of a layer's predictor over those of its MLP")                         \
    X(INT, leaked, "evaluated sequences found in the calibration text")
TABLE_AS(network_row, "networks", NETWORKS, "each network in short")

extern const struct check *const predictor_claims[];

#endif
