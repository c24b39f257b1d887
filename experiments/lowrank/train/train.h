/* One training by full Adam, GaLore, adapters, W = B A or of the last layer alone. What a user sets
 * and what a run emits; shared/pupil.h trains, exact.c holds the methods against what they are
 * equal to, claims.c judges. */
#ifndef LOWRANK_TRAIN_TRAIN_H
#define LOWRANK_TRAIN_TRAIN_H

#include "experiments/lowrank/shared/pupil.h"

#define TRAIN(X)                                                                                   \
    X(CHOICE, method, "galore", METHOD_TEXT)                                                       \
    X(CHOICE, optimizer, "adamw",                                                                  \
      "the rule of every step (beta 0.9 and 0.999), galore's inner one")                           \
    X(INT, rank, "8", "rank r of subspaces and factors", IN(1, 8192),                              \
      .only = METHOD_FACTORS " or beside=true")                                                    \
    X(REAL, scale, "0.25",                                                                         \
      "of the rate of maps and factors: galore's alpha, the other methods' second group",          \
      IN(1e-6, 1000))                                                                              \
    METHOD_MORE(X, "50", NULL)                                                                     \
    X(BOOL, recompute, "false",                                                                    \
      "of a layer only what enters it is kept for the backward pass (activation checkpointing)")   \
    X(INT, looks, "8", "looks at the validation text", IN(1, 10000))                               \
    X(BOOL, beside, "true",                                                                        \
      "trains full Adam and, as the control, W = B A beside it, at the same scale, on the same "   \
      "minibatches")                                                                               \
    X(REAL, lr_full, "0", "largest learning rate of full Adam beside it; 0: lr", IN(0, 10),        \
      .only = "beside=true")                                                                       \
    X(REAL, lr_control, "0", "that of the control; 0: lr", IN(0, 10), .only = "beside=true")       \
    NETWORK_RECIPE_AT(X, "400", "32", "32", "2", "4", "2e-2", "0")
PARAMS(train, TRAIN)

#define COURSE(X)                                                                                  \
    X(TEXT, method, "that was trained")                                                            \
    X(INT, step, "updates made")                                                                   \
    X(REAL, loss, "mean over the minibatches since the last look", .unit = "nat/byte")             \
    X(REAL, valid, "on the last tenth of the text", .unit = "nat/byte")
TABLE(course, COURSE, "losses along the trainings")

#define MAPS(X)                                                                                    \
    X(TEXT, name, "of the map")                                                                    \
    X(INT, rows, "m")                                                                              \
    X(INT, columns, "n")                                                                           \
    X(INT, weights, "bytes held")                                                                  \
    X(INT, gradients, "bytes held")                                                                \
    X(INT, states, "bytes held: moments and projectors")                                           \
    X(OPTIONAL, skew, "largest |P^T P - 1| at the end; empty: nothing is projected")
TABLE(maps, MAPS, "what the method holds for each map")

#define EXACT(X)                                                                                   \
    X(TEXT, what,                                                                                  \
      "sgd, groups, factors (of B A), adapted (of LoRA), adapters, merge, layers, "                \
      "frozen, eight, slide")                                                                      \
    X(REAL, off, "by how much it is off")                                                          \
    X(INT, compared, "numbers compared")
TABLE(exact, EXACT, "what the methods are equal to")

#define SUMMARY(X)                                                                                 \
    X(REAL, valid_loss, "on the last tenth of the text", .unit = "nat/byte")                       \
    X(REAL, byte_loss, "there, by the frequencies of bytes in the rest", .unit = "nat/byte")       \
    X(OPTIONAL, full_loss, "valid_loss of full Adam on the same minibatches", .unit = "nat/byte")  \
    X(OPTIONAL, control_loss, "that of W = B A", .unit = "nat/byte")                               \
    X(REAL, weight_bytes, "of the weights, F32")                                                   \
    X(REAL, gradient_bytes, "of the gradients that the method holds")                              \
    X(REAL, state_bytes, "of the moments and projectors")                                          \
    X(REAL, activation_bytes, "of activations and the backward pass's buffers")                    \
    X(REAL, adam_bytes, "of the moments that full Adam holds for this network")
SCALARS(summary, SUMMARY)

/* The run's setting. */
static inline struct pupil_setting train_setting(const struct trial *run) {
    const struct train p = train_read(run->params);
    return (struct pupil_setting){.method = method_settings_read(run->params),
                                  .optimizer = p.optimizer,
                                  .scale = p.scale,
                                  .lr = p.lr};
}
/* What the methods are equal to, at the network's own start and on its own minibatches. */
enum attndyn_status methods_exact(const struct trial *run, const struct network_recipe *recipe);

extern const struct check *const train_claims[];

#endif
