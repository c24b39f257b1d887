/* Your own gradients under GaLore: what a user sets and what a run emits. recording.c reads them,
 * replay.c steps, claims.c judges. */
#ifndef LOWRANK_REPLAY_REPLAY_H
#define LOWRANK_REPLAY_REPLAY_H

#include "experiments/frame/contract/typed.h"
#include "sim/num/optim/galore.h"

#define REPLAY(X)                                                                                   \
    X(FILE, gradients, "",                                                                          \
      "safetensors with weights.NAME and gradients.STEP.NAME, matrices as stored (out, in), steps " \
      "from 0; empty: a sample")                                                                    \
    X(ENUM(attndyn_galore_method, ATTNDYN_GALORE_METHODS), method, "galore", "the update")          \
    X(INT, rank, "4", "of the subspace, and of the table's energies and overlaps", IN(1, 1e6))      \
    X(INT, gap, "200", "updates between two choices of the subspace", IN(1, 1e9), .unit = "steps",  \
      .only = "method=galore")                                                                      \
    X(REAL, scale, "0.25", "alpha", IN(0, 1e6), .only = "method=galore")                            \
    X(ENUM(attndyn_galore_side, ATTNDYN_GALORE_SIDES), projection, "std",                           \
      "std: from the right where rows >= columns, else from the left; reverse_std: the other; "     \
      "full: both")                                                                                 \
    X(REAL, lr, "0.01", "rate", IN(0, 1e6))                                                         \
    X(REAL, beta1, "0.9", "of the first moment", IN(0, 0.999999), .only = "method=adamw|galore")    \
    X(REAL, beta2, "0.999", "of the second moment", IN(0, 0.9999999),                               \
      .only = "method=adamw|galore")                                                                \
    X(REAL, epsilon, "1e-6",                                                                        \
      "added to the root of the second moment, before its bias is corrected", IN(0, 1),             \
      .only = "method=adamw|galore")                                                                \
    X(REAL, weight_decay, "0", "w falls by lr times this times itself, behind the step", IN(0, 1e6))
PARAMS(replay, REPLAY)

#define UPDATES(X)                                                                                 \
    X(INT, step, "from 0", .unit = "steps")                                                        \
    X(TEXT, matrix, "name")                                                                        \
    X(REAL, norm, "||G||_F")                                                                       \
    X(OPTIONAL, stable_rank, "||G||_F^2/||G||_2^2; empty for a zero gradient")                     \
    X(OPTIONAL, energy, "share of ||G||_F^2 in the rank leading singular directions")              \
    X(OPTIONAL, overlap,                                                                           \
      "of these directions with those of the step before, ||A^T B||_F^2/r on the side projected")  \
    X(INT, renewed, "galore: 1 where the subspace was chosen anew")                                \
    X(OPTIONAL, kept, "galore: share of ||G||_F^2 within the subspace in use")                     \
    X(OPTIONAL, turned, "galore: overlap of the new subspace with the one that it replaces")
TABLE(updates, UPDATES, "every update")

#define MATRICES(X)                                                                                \
    X(TEXT, matrix, "name")                                                                        \
    X(INT, m, "rows")                                                                              \
    X(INT, n, "columns")                                                                           \
    X(INT, r, "rank, at most the smaller of them")                                                 \
    X(INT, numbers, "in the optimiser's state: projector and moments")                             \
    X(INT, full, "in AdamW's: 2 m n")                                                              \
    X(REAL, moved, "||W - W_0||_F")                                                                \
    X(OPTIONAL, moved_rank, "stable rank of W - W_0; empty where nothing moved")                   \
    X(REAL, norm, "||W||_F in the end")
TABLE(matrices, MATRICES, "every matrix, in the end")

#define SUMMARY(X)                                                                                 \
    X(REAL, steps, "")                                                                             \
    X(REAL, matrices, "")                                                                          \
    X(REAL, numbers, "in the optimiser's state")                                                   \
    X(REAL, share, "of what AdamW keeps")                                                          \
    X(REAL, moved, "||W - W_0||_F over all matrices")                                              \
    X(OPTIONAL, stable_rank, "mean over steps and matrices")                                       \
    X(OPTIONAL, energy, "mean")                                                                    \
    X(OPTIONAL, overlap, "mean")                                                                   \
    X(OPTIONAL, kept, "mean")
SCALARS(summary, SUMMARY)

extern const struct check *const replay_claims[];

#endif
