/* Which associations a network learns first on a latent tree, with attention and without: JoMA's
 * Theorem 5 as data. What a user sets and what a run emits; arm.c trains, hierarchical_tree.c sums
 * up, claims.c judges. */
#ifndef LM_HIERARCHICAL_TREE_HIERARCHICAL_TREE_H
#define LM_HIERARCHICAL_TREE_HIERARCHICAL_TREE_H

#include "experiments/lm/shared/descent.h"

enum { TREE_LEVELS = 8, TREE_ARMS = 4, TREE_EXP = 0, TREE_SOFTMAX = 2, TREE_FROZEN = 1 };
/* Arms: TREE_EXP, TREE_EXP + TREE_FROZEN, TREE_SOFTMAX, TREE_SOFTMAX + TREE_FROZEN. */
const char *tree_attention(size_t arm); /* "exp", "softmax" */
const char *tree_keys(size_t arm);      /* "trained", "frozen" */

#define HIERARCHICAL_TREE(X)                                                                       \
    X(INT, levels, "5", "L of the tree: 2^(L-1) leaves", IN(3, TREE_LEVELS))                       \
    X(REAL, rho, "0.95", "a child copies its parent with (1 + rho)/2", IN(-1, 1))                  \
    X(REAL, rho0, "0.95", "the root is on with (1 - rho0)/2", IN(-1, 1))                           \
    X(REAL, keep, "0.5", "probability that a leaf that is on is shown in the context",             \
      IN(0.01, 1))                                                                                 \
    X(INT, batch, "256", "of a step", IN(1, 1e6), .unit = "sequences")                             \
    X(REAL, lr_exp, "0.2", "learning rate with exp attention", IN(1e-9, 100))                      \
    X(REAL, lr_softmax, "1", "with softmax attention", IN(1e-9, 100))                              \
    X(REAL, eta, "1", "rate of the attention over that of V", IN(1e-6, 1e6))                       \
    DESCENT_OF(X, "of the updates (the theory's: sgd)", "sgd", "0")                                \
    X(INT, steps, "1500", "training", IN(10, 1e8), .unit = "minibatches")                          \
    X(REAL, density, "1.1", "ratio of successive steps at which is measured", IN(1.001, 10))       \
    X(INT, evaluation, "4096", "for the loss and P(l|m)", IN(64, 1e6), .unit = "sequences")        \
    X(INT, seeds, "3", "streams of trees", IN(1, 1000))                                            \
    X(INT, seed, "1", "the first")
PARAMS(hierarchical_tree, HIERARCHICAL_TREE)

#define COURSE(X)                                                                                  \
    X(TEXT, attention, "exp or softmax")                                                           \
    X(TEXT, keys, "trained, or frozen at zero (all tokens attended alike)")                        \
    X(INT, step, "updates made", .unit = "minibatches")                                            \
    X(INT, H, "height of the common ancestor of context leaf and query")                           \
    X(REAL, v, "||V_l||, mean over the leaves of that height and over seeds")                      \
    X(REAL, half_v2, "||V_l||^2/2: Theorem 1's z")                                                 \
    X(REAL, z, "attention logit Z_ml")                                                             \
    X(REAL, weight, "exp(Z_ml) over its mean over the context leaves")                             \
    X(REAL, loss, "on sequences that are not trained on", .unit = "nats")
TABLE(course, COURSE, "means over seeds")

#define HALF(X)                                                                                    \
    X(TEXT, attention, "exp or softmax")                                                           \
    X(TEXT, keys, "trained or frozen")                                                             \
    X(INT, H, "height of the common ancestor with the query")                                      \
    X(REAL, v_end, "||V_l|| at the end, mean over seeds")                                          \
    X(REAL, t_half, "when half of it is reached, mean over seeds", .unit = "minibatches")          \
    X(OPTIONAL, t_half_sd, "over seeds", .unit = "minibatches")
TABLE(half, HALF, "when associations are learnt")

#define SLOW_DOWN(X)                                                                               \
    X(TEXT, attention, "exp or softmax")                                                           \
    X(REAL, share, "v_1 over the most that both arms reach")                                       \
    X(REAL, v_1, "association of the nearest leaf at which is compared")                           \
    X(INT, H, "height of the common ancestor with the query")                                      \
    X(REAL, trained, "v_H/v_1 with trained attention, mean over seeds")                            \
    X(REAL, frozen, "v_H/v_1 with frozen attention")                                               \
    X(REAL, relative, "trained/frozen - 1, mean over seeds")                                       \
    X(OPTIONAL, relative_error, "standard error over seeds")                                       \
    X(OPTIONAL, predicted, "the same from the erf law with a stationary gradient (exp attention)")
TABLE(slow_down, SLOW_DOWN, "trained against frozen")

#define COOCCURRENCE(X)                                                                            \
    X(INT, H, "height of the common ancestor with the query")                                      \
    X(REAL, theorem, "P(y_l=1|y_m=1)")                                                             \
    X(REAL, printed, "1 - H/L")                                                                    \
    X(REAL, drawn, "from the sequences")                                                           \
    X(REAL, error, "its standard error, leaves of a height taken as one")
TABLE(cooccurrence, COOCCURRENCE, "the data's law")

#define SUMMARY(X)                                                                                 \
    X(REAL, loss_exp, "exp attention, trained, at the end", .unit = "nats")                        \
    X(REAL, loss_exp_frozen, "attention frozen", .unit = "nats")                                   \
    X(REAL, loss_softmax, "softmax attention, trained", .unit = "nats")                            \
    X(REAL, loss_softmax_frozen, "attention frozen", .unit = "nats")
SCALARS(summary, SUMMARY)

extern const struct check *const hierarchical_tree_claims[];

#endif
