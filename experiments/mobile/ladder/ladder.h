/* MobileLLM's ladder of choices, rung by rung, at equal parameters and at equal operations. What a
 * user sets and what a run emits; ladder.c fits and trains, claims.c judges. */
#ifndef MOBILE_LADDER_LADDER_H
#define MOBILE_LADDER_LADDER_H

#include "experiments/mobile/shared/blocks.h"
#include "experiments/mobile/shared/tuning.h"

#define LADDER(X)                                                                                  \
    TUNING_TEXT(X)                                                                                 \
    X(INT, width, "32", "width d of the first rung, whose number of weights all rungs get",        \
      IN(16, 4096))                                                                                \
    X(INT, layers, "1", "layers of that network", IN(1, 100))                                      \
    X(INT, deeper, "2", "layers from the third rung on", IN(2, 200))                               \
    X(INT, heads, "4", "attention heads of a layer", IN(2, 64))                                    \
    X(INT, kv_heads, "1", "key and value heads where queries are grouped", IN(1, 64))              \
    X(INT, times, "2", "uses of a block on the last rung", IN(2, 8))                               \
    X(REALS, rates, "8e-3", "largest learning rates; each rung stands at its own best",            \
      IN(1e-9, 10))                                                                                \
    X(REALS, seeds, "1,2", "seeds of start and windows; gains are paired by them", IN(0, 1e15))    \
    TUNING_UPDATES(X, "40", "of a training at equal parameters")
PARAMS(ladder, LADDER)

#define TRAININGS(X)                                                                               \
    X(TEXT, rung, "its name")                                                                      \
    X(TEXT, equal,                                                                                 \
      "parameters: as many updates for all; operations: as the first rung's training")             \
    TUNING_TRIED(X)
TABLE(trainings, TRAININGS, "every training")

#define RUNGS(X)                                                                                   \
    X(INT, step, "from 1")                                                                         \
    X(TEXT, rung,                                                                                  \
      "gelu: MLP of 4 d, decoder apart; swiglu; deeper: more layers, thinner; tied: the decoder "  \
      "is the embedding, its weights are layers; grouped: fewer key and value heads, their "       \
      "weights are hidden units; shared: each block several times in a row")                       \
    X(TEXT, equal, "parameters or operations")                                                     \
    X(INT, depth, "layers that a token passes")                                                    \
    X(INT, width, "d")                                                                             \
    X(INT, hidden, "units of the MLP")                                                             \
    X(INT, kv_heads, "key and value heads")                                                        \
    X(INT, weights, "numbers, each once, embedding and decoder included")                          \
    X(REAL, flops, "operations of a token of a full context, forward")                             \
    X(INT, updates, "of its training")                                                             \
    X(REAL, rate, "of least mean loss")                                                            \
    X(REAL, loss, "mean over seeds at that rate", .unit = "nat/byte")                              \
    X(OPTIONAL, error, "its standard error; empty with one seed", .unit = "nat/byte")              \
    X(OPTIONAL, gain, "loss of the rung below less this one, paired by seed", .unit = "nat/byte")  \
    X(OPTIONAL, gain_error, "its standard error", .unit = "nat/byte")                              \
    X(OPTIONAL, all, "loss of the first rung less this one, paired by seed", .unit = "nat/byte")   \
    X(OPTIONAL, all_error, "its standard error", .unit = "nat/byte")
TABLE(rungs, RUNGS, "each rung at its best rate")

#define SUMMARY(X)                                                                                 \
    X(REAL, plain,                                                                                 \
      "kv_heads = heads: largest difference of a logit from plain attention's, of the largest")    \
    X(REAL, grouped, "the same of the grouped rung, keys and values repeated")                     \
    X(REAL, tied,                                                                                  \
      "largest difference of the tied gradient from the sum of both uses, of the largest number")  \
    X(REAL, shared, "the same of a shared block's gradient from the sum over its uses")
SCALARS(summary, SUMMARY)

extern const struct check *const ladder_claims[];

#endif
