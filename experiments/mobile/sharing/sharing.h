/* Blocks used twice: in a row, all over, back again, beside the network of twice the depth: loss,
 * what a token reads, and time. What a user sets and what a run emits; sharing.c trains and times,
 * claims.c judges. */
#ifndef MOBILE_SHARING_SHARING_H
#define MOBILE_SHARING_SHARING_H

#include "experiments/mobile/shared/blocks.h"
#include "experiments/mobile/shared/tuning.h"

#define SHARED(X)                                                                                  \
    TUNING_TEXT(X)                                                                                 \
    X(INT, width, "32", "width d", IN(4, 8192))                                                    \
    X(INT, blocks, "2", "L, different blocks of a network that shares them", IN(1, 100))           \
    X(INT, times, "2", "how often each of them is used", IN(2, 8))                                 \
    X(INT, heads, "4", "attention heads of a layer", IN(1, 256))                                   \
    X(REALS, rates, "8e-3", "largest learning rates; each scheme stands at its own best",          \
      IN(1e-9, 10))                                                                                \
    X(REALS, seeds, "1,2", "seeds of start and windows; differences are paired by them",           \
      IN(0, 1e15))                                                                                 \
    TUNING_UPDATES(X, "40", "of every training")                                                   \
    X(BOOL, untrained, "false", "do not train the networks: for times alone")                      \
    X(INT, rounds, "0",                                                                            \
      "timed rounds, in each of which all schemes run in turn; 0: no clock, and the "              \
      "same bytes every time",                                                                     \
      IN(0, 1000))
PARAMS(shared, SHARED)

#define TRAININGS(X)                                                                               \
    X(TEXT, scheme, "none, immediate, repeat, reverse, deep, longer")                              \
    TUNING_TRIED(X)
TABLE(trainings, TRAININGS, "every training")

#define DEPTHS(X)                                                                                  \
    X(TEXT, scheme, "none, immediate, repeat, reverse, deep")                                      \
    X(INT, depth, "from the lowest, 0")                                                            \
    X(INT, block, "that it uses")
TABLE(depths, DEPTHS, "the block of each depth")

#define SCHEMES(X)                                                                                  \
    X(TEXT, scheme,                                                                                 \
      "none: L blocks once; immediate A A B B, repeat A B A B, reverse A B B A; deep: L times "     \
      "as many different ones; longer: none, trained for as many operations as immediate")          \
    X(INT, depth, "layers that a token passes")                                                     \
    X(REAL, weights, "numbers, each once")                                                          \
    X(REAL, bytes, "of weights that decoding reads for a token, F32, each use")                     \
    X(REAL, flops, "operations of the whole training")                                              \
    X(REAL, gradient,                                                                               \
      "largest difference of a block's gradient from the sum over its uses, of the largest number") \
    X(OPTIONAL, rate, "of least mean loss; empty: untrained")                                       \
    X(OPTIONAL, loss, "mean over seeds at that rate", .unit = "nat/byte")                           \
    X(OPTIONAL, gain, "loss of none less this one, paired by seed", .unit = "nat/byte")             \
    X(OPTIONAL, gain_error, "its standard error; empty with one seed", .unit = "nat/byte")          \
    X(OPTIONAL, time, "CPU time of a decoded token, median over rounds", .unit = "ms")              \
    X(OPTIONAL, over_deep, "time over deep's, median of the ratios within a round")                 \
    X(OPTIONAL, over_low, "its lower quartile")                                                     \
    X(OPTIONAL, over_high, "its upper one")
TABLE(schemes, SCHEMES, "each scheme at its best rate")

#define SUMMARY(X)                                                                                 \
    X(REAL, working, "weights of the L blocks, F32", .unit = "MB")                                 \
    X(OPTIONAL, cache, "the last cache, measured; empty: not timed", .unit = "MB")
SCALARS(summary, SUMMARY)

extern const struct check *const shared_claims[];

#endif
