/* The rank of gradients in trainings, and what JoMA's flow and GaLore's lemma say of it.
 * What a user sets and what a run emits; spectra.c trains a transformer, join.c the network that
 * both theories speak of, claims.c judges. */
#ifndef LOWRANK_GRADIENTS_GRADIENTS_H
#define LOWRANK_GRADIENTS_GRADIENTS_H

#include "experiments/shared/networks.h"

#define GRADIENTS(X)                                                                               \
    X(INT, rank, "8", "leading directions r", IN(1, 8192))                                         \
    X(INT, gap, "50", "updates between two looks, as between GaLore's renewals", IN(1, 100000000)) \
    X(INT, seeds, "2", "trainings, seeds from `seed` on", IN(1, 100))                              \
    X(INT, join_sequences, "90", "sequences of the network that both theories speak of",           \
      IN(12, 100000))                                                                              \
    X(INT, join_steps, "300", "its steps, all sequences in each", IN(10, 1000000))                 \
    X(REAL, join_lr, "0.02", "their size, of decoder and attention", IN(1e-6, 1))                  \
    X(REAL, join_spread, "0.05", "sd of its decoder at the start", IN(1e-6, 10))                   \
    NETWORK_RECIPE_AT(X, "300", "32", "32", "2", "4", "5e-3", "0")
PARAMS(gradients, GRADIENTS)

#define MAPS(X)                                                                                    \
    X(INT, seed, "of the training")                                                                \
    X(INT, step, "updates made")                                                                   \
    X(TEXT, name, "of the map")                                                                    \
    X(INT, layer, "of the map")                                                                    \
    X(TEXT, kind, "query, key, value, output; gate, up, down")                                     \
    X(INT, r, "leading directions, at most min(m, n)")                                             \
    X(INT, least, "min(m, n)")                                                                     \
    X(REAL, norm, "||G||_F")                                                                       \
    X(REAL, stable_rank, "||G||_F^2/||G||_2^2")                                                    \
    X(REAL, energy, "share of ||G||_F^2 in r directions")                                          \
    X(OPTIONAL, overlap, "||P_new^T P_old||_F^2/r, with the look before; shorter side")            \
    X(REAL, shuffled_rank, "stable rank of the same numbers in random places: the control")        \
    X(REAL, shuffled_energy, "their energy in r directions")                                       \
    X(OPTIONAL, shuffled_overlap, "their overlap")
TABLE(maps, MAPS, "every map at every look")

#define LOOKS(X)                                                                                   \
    X(INT, seed, "of the training")                                                                \
    X(INT, step, "updates made")                                                                   \
    X(REAL, loss, "of the minibatch", .unit = "nat/byte")                                          \
    X(REAL, stable_rank, "geometric mean over the maps")                                           \
    X(REAL, energy, "mean over the maps")                                                          \
    X(OPTIONAL, overlap, "mean over the maps")                                                     \
    X(REAL, shuffled_rank, "of the control")                                                       \
    X(REAL, shuffled_energy, "of the control")                                                     \
    X(OPTIONAL, shuffled_overlap, "of the control")
TABLE(looks, LOOKS, "means over the maps")

#define JOINED(X)                                                                                  \
    X(INT, step, "steps made")                                                                     \
    X(REAL, loss, "", .unit = "nat")                                                               \
    X(REAL, stable_rank, "of the decoder's gradient, token columns")                               \
    X(REAL, moved_rank, "stable rank of the weights, V - V(0); 0 at the start")                    \
    X(OPTIONAL, joma_rank, "of the gradient of JoMA's K > 1 flow; empty once it has blown up")     \
    X(OPTIONAL, joma_moved, "of its V - V(0); 0 at the start")                                     \
    X(OPTIONAL, joma_cosine, "of that gradient with the network's")                                \
    X(REAL, lemma_rank, "of (I - lr S)^t G_0, S the Hessian at the start: GaLore's lemma")         \
    X(REAL, lemma_cosine, "of that gradient with the network's")                                   \
    X(REAL, still_cosine, "of the gradient at the start with the network's: the control")          \
    X(REAL, stationary, "cosine of the saliency Delta with its start: JoMA holds it fixed")        \
    X(REAL, identity,                                                                              \
      "largest |G_l + e^{z_l} Delta_l|, Delta from the logits, of the largest |G|")                \
    X(REAL, drift, "largest |z_l - |v_l|^2/2 - c|: Theorem 1, exp attention")                      \
    X(REAL, ledger, "what is left of that drift when half the squared steps are taken away")       \
    X(REAL, shuffled_rank, "of the same numbers in random places")
TABLE(join, JOINED, "JoMA's network and both theories")

#define SUMMARY(X)                                                                                 \
    X(REAL, rank_start, "stable rank at the first look, over maps and seeds")                      \
    X(REAL, rank_end, "at the last")                                                               \
    X(REAL, energy, "mean over all looks")                                                         \
    X(REAL, overlap, "mean over all looks")                                                        \
    X(OPTIONAL, joma_time, "steps until JoMA's flow blows up")                                     \
    X(OPTIONAL, half_time, "steps until the network's loss is halved")
SCALARS(summary, SUMMARY)

/* A gradient's singular values and its r leading directions on the shorter side. */
struct leading {
    size_t m, n, k, r;
    double *s; /* (k), k = min(m, n) */
    double *P; /* (k, r): orthonormal columns */
};
enum attndyn_status leading_create(struct attndyn_context *ctx, size_t m, size_t n, size_t r,
                                   struct leading *leading);
/* Of G (m, n), row-major, kept as it is. ATTNDYN_RUN_FAILED: no convergence, a zero matrix. */
enum attndyn_status leading_of(struct attndyn_context *ctx, struct leading *leading,
                               const double *G);
double leading_energy(const struct leading *leading);
double leading_overlap(const struct leading *a, const struct leading *b);

/* spectra.c and join.c, filling their tables. */
enum attndyn_status gradients_in_training(const struct trial *run, const struct gradients *p);
enum attndyn_status gradients_join(const struct trial *run, const struct gradients *p);

extern const struct check *const gradients_claims[];

#endif
