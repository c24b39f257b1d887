/* A network trained on one text, adapted to another, by several methods.
 * What a user sets and what a run emits; adapt.c trains, finetuning.c walks the grid, claims.c
 * judges. */
#ifndef LOWRANK_FINETUNING_FINETUNING_H
#define LOWRANK_FINETUNING_FINETUNING_H

#include "experiments/shared/method.h"
#include "experiments/shared/subject.h"
#include "experiments/shared/training.h"
#include "sim/data/text_batches.h"

#define FINETUNING(X)                                                                              \
    SUBJECT_NETWORK(X)                                                                             \
    SUBJECT_TEXT(X)                                                                                \
    X(INT, lines, "1500",                                                                          \
      "lines of the generated text: another grammar, its letters turned by 13 places",             \
      IN(50, 10000000))                                                                            \
    X(INT, rank, "4", "rank r of GaLore's subspaces and of the adapters", IN(1, 8192))             \
    X(INT, gap, "20", "updates between renewals of GaLore's subspaces", IN(1, 100000000))          \
    X(REAL, scale, "0.25",                                                                         \
      "rate of maps and factors over that of all else that moves: GaLore's alpha", IN(1e-6, 1000)) \
    X(REAL, alpha, "16", "scale of the adapters, which count alpha/rank times", IN(0, 1e6))        \
    X(REALS, rates, "0.02,0.06,0.18,0.54",                                                         \
      "largest learning rates: the grid on which each method is tuned", IN(1e-7, 10))              \
    X(INT, seeds, "2",                                                                             \
      "seeds of minibatches and factors, from `seed` on, the same for all methods", IN(1, 100))    \
    X(INT, updates, "60", "updates of each training", IN(1, 100000000))                            \
    X(INT, batch, "8", "sequences of an update", IN(1, 100000))                                    \
    X(INT, length, "32", "tokens of a sequence", IN(4, 65536))                                     \
    X(INT, windows, "48",                                                                          \
      "sequences, at most, of each tenth of the text on which losses are taken", IN(2, 1000000))   \
    X(BOOL, scratch, "true", "train the same network from a drawn start, too: the control")        \
    X(INT, seed, "1", "first seed of minibatches and factors", IN(0, 1000000))
PARAMS(finetuning, FINETUNING)

enum { FULL, GALORE, LORA, DORA, FREEZE, LORA_ALL, SCRATCH, METHODS };
static const char *const finetuning_methods[METHODS] UNUSED = {
    "full", "galore", "lora", "dora", "freeze", "lora-all", "scratch"};

#define TRIALS(X)                                                                                  \
    X(TEXT, method,                                                                                \
      "full, galore, lora, dora, freeze; lora-all: all else moves, too; scratch: full from "       \
      "a drawn start")                                                                             \
    X(REAL, rate, "largest learning rate")                                                         \
    X(INT, seed, "seed of minibatches and factors")                                                \
    X(REAL, start, "loss on the last tenth before the first update", .unit = "nat")                \
    X(OPTIONAL, loss,                                                                              \
      "training loss, mean over the last quarter of the minibatches; empty: it diverged",          \
      .unit = "nat")                                                                               \
    X(OPTIONAL, valid, "loss on the last tenth but one: rates are chosen by it", .unit = "nat")    \
    X(OPTIONAL, test, "test loss, on the last tenth", .unit = "nat")
TABLE(trials, TRIALS, "every training")

#define CHOSEN(X)                                                                                  \
    X(TEXT, method, "method, as in trials")                                                        \
    X(REAL, rate, "learning rate of the least valid loss, mean over seeds")                        \
    X(INT, edge, "1: that rate is the first or the last of the grid")                              \
    X(REAL, start, "test loss before the first update", .unit = "nat")                             \
    X(REAL, test, "test loss, mean over seeds", .unit = "nat")                                     \
    X(OPTIONAL, error, "standard error of that mean; empty with one seed", .unit = "nat")          \
    X(INT, trained, "numbers that move")                                                           \
    X(INT, expected, "numbers that move by the shapes of the maps")                                \
    X(INT, states, "optimiser states", .unit = "B")                                                \
    X(OPTIONAL, before,                                                                            \
      "loss on the generated text that the small network learnt first, before the second "         \
      "training",                                                                                  \
      .unit = "nat")                                                                               \
    X(OPTIONAL, after, "the same after the second training, mean over seeds", .unit = "nat")
TABLE(chosen, CHOSEN, "each method at its best learning rate")

/* The text in tenths: eight are trained on, one chooses, one tests. */
struct material {
    const struct subject *subject;
    /* source: the text that the small network learnt; empty: unknown */
    struct attndyn_tokens text, source;
    size_t train, valid; /* where they end */
};

/* What is saved of a training that has ended; NaN: it diverged, or there is no such text. */
struct adapted {
    double start, loss, valid, test, before, after;
    double trained, expected, states;
};

/* The run, and the training at hand. */
struct adapting {
    const struct finetuning *p;
    const struct material *material;
    struct adapted *result; /* by the training's number: methods outside, then rates, seeds */
    struct attndyn_checkpoint_array arrays[1];
    int method;
    double rate;
    long seed;
    struct learner learner;
    struct attndyn_text_batches batches;
    uint64_t stream; /* of its windows */
};

/* One training, as training_run asks for it: its number's result and its row. */
enum attndyn_status finetuning_adapt(struct training *training);

extern const struct check *const finetuning_claims[];

#endif
