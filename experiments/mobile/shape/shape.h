/* Depth against width at equal parameters: what a user sets and what a run emits. shape.c trains,
 * claims.c judges. */
#ifndef MOBILE_SHAPE_SHAPE_H
#define MOBILE_SHAPE_SHAPE_H

#include "experiments/mobile/shared/tuning.h"

#define SHAPE(X)                                                                                   \
    TUNING_TEXT(X)                                                                                 \
    X(INT, width, "32", "width d of a network whose number of weights all get", IN(16, 4096))      \
    X(INT, layers, "2", "layers of that network", IN(1, 100))                                      \
    X(REALS, depths, "1,2,6", "layers of the networks compared", IN(1, 200))                       \
    X(INT, heads, "4", "attention heads of a layer", IN(1, 64))                                    \
    X(REALS, rates, "4e-3,8e-3", "largest learning rates tried for each", IN(1e-9, 10))            \
    X(REALS, seeds, "1", "seeds of start and windows; the rate is chosen by the mean over them",   \
      IN(0, 1e15))                                                                                 \
    TUNING_UPDATES(X, "150", "of every training")
PARAMS(shape, SHAPE)

#define TRAININGS(X)                                                                               \
    X(INT, depth, "layers")                                                                        \
    X(INT, width, "d")                                                                             \
    X(INT, hidden, "units of the MLP")                                                             \
    X(INT, body, "weights without the embedding")                                                  \
    TUNING_TRIED(X)
TABLE(trainings, TRAININGS, "every training")

#define CURVE(X)                                                                                   \
    X(INT, depth, "layers")                                                                        \
    X(INT, width, "d")                                                                             \
    X(INT, body, "weights without the embedding")                                                  \
    X(REAL, rate, "that of least mean loss over the seeds")                                        \
    X(INT, at_edge, "1 where it is the smallest or the largest tried: the minimum may lie beyond") \
    X(REAL, loss, "mean over the seeds at that rate", .unit = "nat/byte")                          \
    X(OPTIONAL, error, "its standard error; empty with one seed", .unit = "nat/byte")
TABLE(curve, CURVE, "each depth at its best rate")

#define SUMMARY(X)                                                                                 \
    X(REAL, best_depth, "layers of the shape with the least loss")                                 \
    X(REAL, best, "its loss", .unit = "nat/byte")                                                  \
    X(REAL, shallowest, "loss of the fewest layers", .unit = "nat/byte")                           \
    X(REAL, deepest, "loss of the most", .unit = "nat/byte")                                       \
    X(REAL, spread, "largest over smallest body, less 1")
SCALARS(summary, SUMMARY)

extern const struct check *const shape_claims[];

#endif
