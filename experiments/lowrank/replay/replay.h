/* Your own gradients under GaLore: what a user sets and what a run emits. recording.c reads them,
 * replay.c steps, claims.c judges. */
#ifndef LOWRANK_REPLAY_REPLAY_H
#define LOWRANK_REPLAY_REPLAY_H

#include "experiments/frame/contract/typed.h"
#include "sim/num/optim/galore.h"

#define REPLAY(X)                                                                                  \
    X(FILE, gradients, "",                                                                         \
      "safetensors file with weights.NAME and gradients.STEP.NAME, matrices as stored (out, "      \
      "in), steps from 0; empty: a generated sample")                                              \
    X(ENUM(attndyn_galore_method, ATTNDYN_GALORE_METHODS), method, "galore",                       \
      "the update: sgd, adamw or galore")                                                          \
    X(INT, rank, "4",                                                                              \
      "rank r of the subspace, and of the energies and overlaps in the table updates", IN(1, 1e6)) \
    X(INT, gap, "200", "updates between two choices of the subspace", IN(1, 1e9), .unit = "steps", \
      .only = "method=galore")                                                                     \
    X(REAL, scale, "0.25", "GaLore's scale alpha", IN(0, 1e6), .only = "method=galore")            \
    X(ENUM(attndyn_galore_side, ATTNDYN_GALORE_SIDES), projection, "std",                          \
      "std: from the right where rows >= columns, else from the left; reverse_std: the other; "    \
      "full: both")                                                                                \
    X(REAL, lr, "0.01", "learning rate", IN(0, 1e6))                                               \
    X(REAL, beta1, "0.9", "decay beta1 of the first moment", IN(0, 0.999999),                      \
      .only = "method=adamw|galore")                                                               \
    X(REAL, beta2, "0.999", "decay beta2 of the second moment", IN(0, 0.9999999),                  \
      .only = "method=adamw|galore")                                                               \
    X(REAL, epsilon, "1e-6",                                                                       \
      "epsilon, added to the root of the second moment before its bias is corrected", IN(0, 1),    \
      .only = "method=adamw|galore")                                                               \
    X(REAL, weight_decay, "0",                                                                     \
      "weight decay: after the step w falls by lr times this times itself", IN(0, 1e6))
PARAMS(replay, REPLAY)

#define UPDATES(X)                                                                                 \
    X(INT, step, "step, from 0", .unit = "steps")                                                  \
    X(TEXT, matrix, "name of the matrix")                                                          \
    X(REAL, norm, "||G||_F of its gradient G")                                                     \
    X(OPTIONAL, stable_rank, "stable rank ||G||_F^2/||G||_2^2; empty for a zero gradient")         \
    X(OPTIONAL, energy, "share of ||G||_F^2 in the r leading singular directions")                 \
    X(OPTIONAL, overlap,                                                                           \
      "overlap of these directions A with those of the step before, B: ||A^T B||_F^2/r, on the "   \
      "side projected")                                                                            \
    X(INT, renewed, "galore: 1 where the subspace was chosen anew")                                \
    X(OPTIONAL, kept, "galore: share of ||G||_F^2 within the subspace in use")                     \
    X(OPTIONAL, turned, "galore: overlap of the new subspace with the one that it replaces")
TABLE(updates, UPDATES, "every update of every matrix")

#define MATRICES(X)                                                                                \
    X(TEXT, matrix, "name of the matrix")                                                          \
    X(INT, m, "rows m")                                                                            \
    X(INT, n, "columns n")                                                                         \
    X(INT, r, "rank r, at most min(m, n)")                                                         \
    X(INT, numbers, "numbers in the optimiser's state: projector and moments")                     \
    X(INT, full, "numbers in AdamW's state: 2 m n")                                                \
    X(REAL, moved, "way of the weights, ||W - W_0||_F")                                            \
    X(OPTIONAL, moved_rank, "stable rank of W - W_0; empty where nothing moved")                   \
    X(REAL, norm, "||W||_F at the end")
TABLE(matrices, MATRICES, "every matrix at the end")

#define SUMMARY(X)                                                                                 \
    X(REAL, steps, "steps of the recording")                                                       \
    X(REAL, matrices, "matrices of the recording")                                                 \
    X(REAL, numbers, "numbers in the optimiser's state, over all matrices")                        \
    X(REAL, share, "share of the numbers that AdamW keeps")                                        \
    X(REAL, moved, "||W - W_0||_F over all matrices together")                                     \
    X(OPTIONAL, stable_rank, "stable rank of the gradients, mean over steps and matrices")         \
    X(OPTIONAL, energy,                                                                            \
      "share of ||G||_F^2 in the r leading directions, mean over steps and matrices")              \
    X(OPTIONAL, overlap,                                                                           \
      "overlap of these directions with those of the step before, mean over steps and matrices")   \
    X(OPTIONAL, kept, "share of ||G||_F^2 within the subspace in use, mean over steps and matrices")
SCALARS(summary, SUMMARY)

extern const struct check *const replay_claims[];

#endif
