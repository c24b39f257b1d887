/* How sparse units become in training, and whether a unit's saliency for a token says what it will
 * do. What a user sets and what a run emits; training.c trains and looks, saliency.c
 * differentiates, claims.c judges. */
#ifndef SPARSE_TRAINING_TRAINING_H
#define SPARSE_TRAINING_TRAINING_H

#include "experiments/shared/networks.h"

#define TRAINING(X)                                                                                \
    NETWORK_RECIPE(X, "200", "32", "32", "2", "4")                                                 \
    X(REALS, steps, "0,20,100,200", "updates made where the network is looked at, ascending",      \
      IN(0, 1e9))                                                                                  \
    X(REALS, depths, "1", "layers of further networks with ReLU, at the width of the first",       \
      IN(1, 100))                                                                                  \
    X(REALS, widths, "16", "widths of further ones, with the layers of the first", IN(4, 8192))    \
    X(INT, networks, "1", "networks of each kind, with the seeds seed, seed + 1 ...", IN(1, 99))   \
    X(INT, streams, "32", "sequences looked at", IN(2, 10000))
PARAMS(training, TRAINING)

#define STEPS(X)                                                                                   \
    X(TEXT, activation, "relu or swiglu")                                                          \
    X(INT, layers, "of the network")                                                               \
    X(INT, width, "its width")                                                                     \
    X(INT, seed, "of start and windows")                                                           \
    X(INT, step, "updates made")                                                                   \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, active, "share of a token's units that are not exactly 0, mean over tokens")           \
    X(REAL, change, "that, less at the first of `steps`, paired by sequence")                      \
    X(REAL, change_error, "its standard error over sequences")                                     \
    X(REAL, heavy,                                                                                 \
      "smallest share of the units, the heaviest, that carry 95 % of the weight |h| ||w||")        \
    X(REAL, loss, "mean over the sequences", .unit = "nat")
TABLE_AS(step_row, "steps", STEPS, "every layer of every network, in training")

#define SALIENCY(X)                                                                                \
    X(INT, seed, "of start and windows")                                                           \
    X(INT, from, "updates made where the saliency is taken")                                       \
    X(INT, to, "updates made where the activation is")                                             \
    X(INT, tokens, "bytes that occur often enough")                                                \
    X(REAL, own,                                                                                   \
      "correlation over units of a token's saliency with the change of its activation, mean over " \
      "tokens")                                                                                    \
    X(REAL, other, "the same with another token's saliency: what units do whatever the token")     \
    X(REAL, error, "standard error over tokens of own less other")
TABLE(saliency, SALIENCY, "saliency, and what activations do next")

#define SUMMARY(X)                                                                                 \
    X(OPTIONAL, off,                                                                               \
      "largest difference of a unit's total derivative of the loss from a central difference, of " \
      "the largest; empty: no network of one layer")
SCALARS(summary, SUMMARY)

enum { TRAINING_BYTES = 257 };

/* Of the network of one layer at one step, by byte and unit: (257, h), and how often it occurs. */
struct salient {
    double *delta, *activation; /* means over the byte's positions */
    double *count;              /* (257) */
};
/* saliency.c: delta = E[-dl/du], u before the ReLU, l the token's own loss: with one layer there is
 * no other that a unit reaches. *off, if not NULL: against central differences. */
enum attndyn_status training_salient(const struct trial *run, const struct attndyn_weights *weights,
                                     size_t streams, size_t length, const uint32_t *tokens,
                                     struct salient *salient, double *off);

extern const struct check *const training_claims[];

#endif
