/* The talk's table at a scale that this machine trains: methods x sizes, the rate of each tuned on
 * one grid, seeds paired. */
#ifndef LOWRANK_PRETRAINING_H
#define LOWRANK_PRETRAINING_H

#include "experiments/lowrank/shared/pupil.h"

#define PRETRAINING(X)                                                                             \
    X(REALS, widths, "32,64", "widths d of the networks", IN(8, 8192))                             \
    X(REALS, rates, "5e-3,1e-2,2e-2,4e-2,8e-2,0.16",                                               \
      "largest learning rates: the grid on which each method is tuned", IN(1e-6, 10))              \
    X(INT, seeds, "2", "seeds of start and minibatches, the same for every method", IN(1, 1000))   \
    X(INT, share, "4", "d/r, width over rank", IN(1, 1024))                                        \
    X(INT, gap, "50", "galore: updates from a renewal to the next", IN(1, 100000000))              \
    X(REAL, scale, "0.25", "rate of maps and factors over that of all else: GaLore's alpha",       \
      IN(1e-6, 1000))                                                                              \
    X(INT, min_8bit, "64", "8-bit: states of fewer numbers stay in 32 bits (published: 4096)",     \
      IN(1, 1000000000))                                                                           \
    X(REAL, alpha, "32", "scale of adapters, which count alpha/rank times", IN(0, 1e6))            \
    X(INT, merge, "100", "relora: updates from a merge to the next", IN(1, 100000000))             \
    X(INT, rewarm, "20", "relora: updates of warming up after a merge", IN(0, 100000000))          \
    X(FILE, text, "",                                                                              \
      "text that is trained on (its last tenth is for validation); empty: generated lines "        \
      "(sim/data/grammar.h)")                                                                      \
    X(INT, lines, "20000", "lines of the generated text", IN(100, 10000000), .only = "text=")      \
    X(INT, layers, "2", "layers of the networks", IN(1, 100))                                      \
    X(INT, head_width, "16", "width of an attention head", IN(2, 1024))                            \
    X(INT, length, "32", "tokens of a training sequence", IN(8, 65536))                            \
    X(INT, batch, "16", "sequences of an update", IN(1, 100000))                                   \
    X(INT, updates, "300", "updates of a training", IN(10, 100000000),                             \
      .longer = "rates that fall towards the last update make a longer training another one")      \
    X(INT, looks, "15", "points of a training's loss curve", IN(1, 10000))                         \
    X(REAL, decay, "0", "weight decay", IN(0, 10))                                                 \
    X(INT, seed, "1", "first seed")
PARAMS(pretraining, PRETRAINING)

#define TRAININGS(X)                                                                               \
    X(TEXT, way, "method: full, galore, lowrank, lora, relora, adam8bit, galore8bit, adafactor")   \
    X(INT, width, "width d")                                                                       \
    X(INT, rank, "rank r")                                                                         \
    X(INT, seed, "seed of start and minibatches")                                                  \
    X(REAL, rate, "largest learning rate")                                                         \
    X(OPTIONAL, valid,                                                                             \
      "validation loss: at the end, on the last tenth of the text; empty: it diverged",            \
      .unit = "nat/byte")                                                                          \
    X(REAL, spike, "largest rise of a minibatch's loss above the mean of the 20 before it",        \
      .unit = "nat/byte")                                                                          \
    X(INT, weights, "weights held", .unit = "B")                                                   \
    X(INT, gradients, "gradients held", .unit = "B")                                               \
    X(INT, states, "optimiser states held: moments and projectors", .unit = "B")
TABLE(trainings, TRAININGS, "every training")

#define BEST(X)                                                                                    \
    X(TEXT, way, "the method")                                                                     \
    X(INT, width, "width d")                                                                       \
    X(OPTIONAL, rate,                                                                              \
      "best learning rate of the grid, by the mean over seeds; empty: every one diverged")         \
    X(OPTIONAL, valid, "validation loss at that rate, mean over seeds", .unit = "nat/byte")        \
    X(OPTIONAL, deviation, "its standard deviation over seeds; empty: one seed",                   \
      .unit = "nat/byte")                                                                          \
    X(INT, edge, "1 where that rate is an end of the grid")                                        \
    X(OPTIONAL, range,                                                                             \
      "validation loss of the worst rate of the grid less that of the best; empty: one diverged",  \
      .unit = "nat/byte")                                                                          \
    X(OPTIONAL, spike, "spike as in trainings at that rate, the largest over seeds",               \
      .unit = "nat/byte")                                                                          \
    X(INT, weights, "weights held", .unit = "B")                                                   \
    X(INT, gradients, "gradients held", .unit = "B")                                               \
    X(INT, states, "optimiser states held", .unit = "B")
TABLE(best, BEST, "each method and size at its best rate")

#define APART(X)                                                                                   \
    X(TEXT, way, "the method")                                                                     \
    X(TEXT, than, "the method that it is compared with")                                           \
    X(INT, width, "width d")                                                                       \
    X(OPTIONAL, behind,                                                                            \
      "its validation loss less that of the other, each at its best rate, mean over seeds",        \
      .unit = "nat/byte")                                                                          \
    X(OPTIONAL, error, "standard error of that mean, seeds paired; empty: one seed",               \
      .unit = "nat/byte")
TABLE(apart, APART, "methods compared, seed by seed")

#define CURVES(X)                                                                                  \
    X(TEXT, way, "the method")                                                                     \
    X(INT, width, "width d")                                                                       \
    X(INT, seed, "seed of start and minibatches")                                                  \
    X(REAL, rate, "largest learning rate")                                                         \
    X(INT, step, "updates made")                                                                   \
    X(REAL, loss, "training loss, mean over the minibatches since the last point",                 \
      .unit = "nat/byte")
TABLE(curves, CURVES, "losses along the trainings")

#define PRINTED(X)                                                                                 \
    X(TEXT, way, "method, as in trainings")                                                        \
    X(TEXT, size, "60M to 1B parameters; 7B: moments in 8 bits")                                   \
    X(TEXT, than, "method that it is compared with: full; for 7B adam8bit")                        \
    X(REAL, perplexity, "perplexity on C4's validation text, as printed, one seed")                \
    X(REAL, behind, "logarithm of the perplexity less that of `than`", .unit = "nat/token")        \
    X(REAL, memory, "memory of weights and optimiser, as printed", .unit = "GB")
TABLE(printed, PRINTED, "the paper's tables 2 and 3")

#define FOUND(X)                                                                                   \
    X(REAL, trainings, "trainings made")                                                           \
    X(REAL, diverged, "trainings that diverged")                                                   \
    X(REAL, edges, "methods and sizes whose best rate is an end of the grid")
SCALARS(found, FOUND)

enum way { FULL, GALORE, LOWRANK, LORA, RELORA, ADAM8, GALORE8, ADAFACTOR, WAYS };
static const char *const way_names[WAYS] UNUSED = {"full",   "galore",   "lowrank",    "lora",
                                                   "relora", "adam8bit", "galore8bit", "adafactor"};

extern const struct check *const pretraining_claims[];
/* printed.c: the paper's and the talk's tables, as the table `printed`. */
enum attndyn_status pretraining_emit_printed(const struct trial *run);

#endif
