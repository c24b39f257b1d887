/* Hidden units and latents of a deterministic hierarchy: JoMA's table 1, against the training step
 * and beside networks that were never trained. What a user sets and what a run emits; score.c
 * measures a network, hierarchy.c trains, tables.c sums up the seeds, claims.c judges. */
#ifndef LM_HIERARCHY_HIERARCHY_H
#define LM_HIERARCHY_HIERARCHY_H

#include "experiments/lm/shared/descent.h"
#include "experiments/statements/statements.h"

#define HIERARCHY(X)                                                                               \
    X(INT, width, "64", "d, the residual stream (paper: 1024)", IN(1, 65536))                      \
    X(INT, hidden, "400", "hidden units of a block (paper: 4 M)", IN(1, 65536))                    \
    X(INT, tokens, "100", "M, padding included", IN(2, 1e6))                                       \
    X(INT, length, "30", "T", IN(1, 4096), .unit = "tokens")                                       \
    X(REALS, latents, "10,20,20",                                                                  \
      "latents of each level, from the lowest; the last are the classes", IN(1, 1e6))              \
    X(REALS, sets, "2,2,2", "what a latent of each level consists of", IN(1, 100))                 \
    X(INT, batch, "128", "draws of a minibatch", IN(1, 1e9), .unit = "samples")                    \
    X(REAL, lr, "1e-4", "learning rate (the paper's table, for Adam; its README has 1e-5)",        \
      IN(1e-12, 10))                                                                               \
    DESCENT_OF(X, "of the updates (the authors': adam)", "adam", "1e-4")                           \
    X(INT, steps, "10000", "training", IN(1, 1e9), .unit = "minibatches",                          \
      .longer = "its sums stand at looks that are spread up to the last step")                     \
    X(INT, seeds, "3", "hierarchies and networks", IN(1, 1000))                                    \
    X(INT, controls, "10", "networks that are never trained, for each hierarchy", IN(1, 1000))     \
    X(REAL, density, "1.25", "ratio of successive steps at which is measured", IN(1.001, 100))     \
    X(INT, seed, "1", "the first")
PARAMS(hierarchy, HIERARCHY)

#define COURSE(X)                                                                                  \
    X(INT, seed, "of the hierarchy")                                                               \
    X(INT, step, "updates made", .unit = "minibatches")                                            \
    X(INT, level, "0: pairs of tokens; matched with the block of that number")                     \
    X(REAL, centred,                                                                               \
      "mean over the level's latents of the best unit's correlation, means removed")               \
    X(REAL, centred_used, "the same over the latents that a class uses")                           \
    X(REAL, plain, "the same, means not removed")                                                  \
    X(REAL, plain_used, "over the latents that a class uses")                                      \
    X(REAL, loss, "over all classes", .unit = "nats")
TABLE(course, COURSE, "every seed against the step")

#define AVERAGE(X)                                                                                 \
    X(INT, step, "updates made", .unit = "minibatches")                                            \
    X(INT, level, "of the latents")                                                                \
    X(REAL, centred, "mean over the seeds")                                                        \
    X(OPTIONAL, centred_sd, "sample standard deviation")                                           \
    X(REAL, plain, "mean over the seeds")                                                          \
    X(OPTIONAL, plain_sd, "sample standard deviation")                                             \
    X(REAL, loss, "mean over the seeds", .unit = "nats")
TABLE(average, AVERAGE, "over the seeds")

#define CONTROL(X)                                                                                 \
    X(INT, seed, "of the hierarchy")                                                               \
    X(INT, control, "number of the untrained network")                                             \
    X(INT, level, "of the latents")                                                                \
    X(REAL, centred, "as in course")                                                               \
    X(REAL, centred_used, "as in course")                                                          \
    X(REAL, plain, "as in course")                                                                 \
    X(REAL, plain_used, "as in course")
TABLE(control, CONTROL, "networks that were never trained")

#define TABLE1(X)                                                                                  \
    X(INT, level, "of the latents")                                                                \
    X(TEXT, measure, "centred, centred_used, plain, plain_used")                                   \
    X(REAL, start, "at initialisation, mean over seeds")                                           \
    X(OPTIONAL, start_sd, "over seeds")                                                            \
    X(REAL, end, "trained, mean over seeds")                                                       \
    X(OPTIONAL, end_sd, "over seeds")                                                              \
    X(REAL, control, "untrained networks of other seeds, mean")                                    \
    X(OPTIONAL, control_sd, "over seeds and networks")                                             \
    X(REAL, peak, "largest mean over seeds of any step")                                           \
    X(INT, peak_step, "when", .unit = "minibatches")                                               \
    X(REAL, gain, "end - start, mean over seeds")                                                  \
    X(OPTIONAL, gain_error, "its standard error over seeds")
TABLE(table1, TABLE1, "start, end and control of every level")

#define BLOCKS(X)                                                                                  \
    X(INT, seed, "of the hierarchy")                                                               \
    X(TEXT, state, "start or end")                                                                 \
    X(INT, level, "of the latents")                                                                \
    X(INT, block, "of the units")                                                                  \
    X(REAL, centred, "as in course")                                                               \
    X(REAL, plain, "as in course")
TABLE(blocks, BLOCKS, "every level in every block")

#define UNITS(X)                                                                                   \
    X(TEXT, state, "start or end, first seed")                                                     \
    X(INT, level, "of the latents")                                                                \
    X(INT, latent, "row: used latents, numbered anew")                                             \
    X(INT, of, "column: the unit that is the best one for this latent")                            \
    X(INT, unit, "its number in the block")                                                        \
    X(REAL, correlation, "of row's latent and column's unit, means removed")
TABLE(units, UNITS, "every latent against the best units of all")

#define SUMMARY(X)                                                                                 \
    X(REAL, loss_start, "mean over seeds, all classes", .unit = "nats")                            \
    X(REAL, loss_end, "mean over seeds", .unit = "nats")                                           \
    X(REAL, uniform_loss, "ln C", .unit = "nats")                                                  \
    X(REAL, floor, "mean over seeds of the least loss: some classes have the same tokens",         \
      .unit = "nats")                                                                              \
    X(REAL, gain_0, "level 0: correlation at the end minus at the start, means removed")           \
    X(OPTIONAL, gain_1, "level 1")                                                                 \
    X(OPTIONAL, gain_2, "level 2")                                                                 \
    X(REAL, parameters, "parameters of the network")
SCALARS(summary, SUMMARY)

enum { HIERARCHY_MEASURES = 4 }; /* rows of table1 for a level */

extern const struct check *const hierarchy_claims[];

#endif
