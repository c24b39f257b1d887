/* One training by full Adam, GaLore, adapters, W = B A or of the last layer alone. What a user sets
 * and what a run emits; shared/pupil.h trains, exact.c holds the methods against what they are
 * equal to, claims.c judges. */
#ifndef LOWRANK_TRAIN_TRAIN_H
#define LOWRANK_TRAIN_TRAIN_H

#include "experiments/lowrank/shared/pupil.h"

#define TRAIN(X)                                                                                   \
    X(CHOICE, method, "galore", METHOD_TEXT)                                                       \
    X(CHOICE, optimizer, "adamw",                                                                  \
      "optimiser (beta1 = 0.9, beta2 = 0.999); for galore the one within the subspace")            \
    X(INT, rank, "8", "rank r of subspaces and factors", IN(1, 8192),                              \
      .only = METHOD_FACTORS " or beside=true")                                                    \
    X(REAL, scale, "0.25",                                                                         \
      "rate of maps and factors over that of all else: GaLore's alpha, and the same for the "      \
      "other methods",                                                                             \
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
    X(REAL, lr_control, "0", "largest learning rate of the control; 0: lr", IN(0, 10),             \
      .only = "beside=true")                                                                       \
    NETWORK_RECIPE_AT(X, "400", "32", "32", "2", "4", "2e-2", "0")
PARAMS(train, TRAIN)

#define COURSE(X)                                                                                  \
    X(TEXT, method, "method of the training")                                                      \
    X(INT, step, "updates made")                                                                   \
    X(REAL, loss, "training loss, mean over the minibatches since the last look",                  \
      .unit = "nat/byte")                                                                          \
    X(REAL, valid, "validation loss, on the last tenth of the text", .unit = "nat/byte")
TABLE(course, COURSE, "losses along the trainings")

#define MAPS(X)                                                                                    \
    X(TEXT, name, "name of the map")                                                               \
    X(INT, rows, "rows m")                                                                         \
    X(INT, columns, "columns n")                                                                   \
    X(INT, weights, "weights held", .unit = "B")                                                   \
    X(INT, gradients, "gradients held", .unit = "B")                                               \
    X(INT, states, "optimiser states held: moments and projectors", .unit = "B")                   \
    X(OPTIONAL, skew, "largest entry of |P^T P - I| at the end; empty: nothing is projected")
TABLE(maps, MAPS, "what the method holds for each map")

#define EXACT(X)                                                                                   \
    X(TEXT, what,                                                                                  \
      "what is compared: sgd, groups, factors (of B A), adapted (factors of LoRA), adapters, "     \
      "merge, layers, frozen, eight, slide")                                                       \
    X(REAL, off, "by how much it is off, as the check of that name says")                          \
    X(INT, compared, "numbers compared")
TABLE(exact, EXACT, "what must hold exactly, or to rounding")

#define SUMMARY(X)                                                                                 \
    X(REAL, valid_loss, "validation loss, on the last tenth of the text", .unit = "nat/byte")      \
    X(REAL, byte_loss, "loss on that tenth by the frequencies of the bytes in the rest",           \
      .unit = "nat/byte")                                                                          \
    X(OPTIONAL, full_loss, "valid_loss of full Adam on the same minibatches", .unit = "nat/byte")  \
    X(OPTIONAL, control_loss, "valid_loss of the control, W = B A", .unit = "nat/byte")            \
    X(REAL, weight_bytes, "weights, F32", .unit = "B")                                             \
    X(REAL, gradient_bytes, "gradients that the method holds", .unit = "B")                        \
    X(REAL, state_bytes, "moments and projectors", .unit = "B")                                    \
    X(REAL, activation_bytes, "activations and the backward pass's buffers", .unit = "B")          \
    X(REAL, adam_bytes, "moments that full Adam holds for this network", .unit = "B")
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
