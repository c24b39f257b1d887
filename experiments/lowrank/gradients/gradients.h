/* The rank of gradients in trainings, and what JoMA's flow and GaLore's lemma say of it.
 * What a user sets and what a run emits; spectra.c trains a transformer, join.c the network that
 * both theories speak of, claims.c judges. */
#ifndef LOWRANK_GRADIENTS_GRADIENTS_H
#define LOWRANK_GRADIENTS_GRADIENTS_H

#include "experiments/shared/networks.h"

#define GRADIENTS(X)                                                                               \
    X(INT, rank, "8", "leading singular directions r", IN(1, 8192))                                \
    X(INT, gap, "50", "updates between two looks at the gradients, as between GaLore's renewals",  \
      IN(1, 100000000))                                                                            \
    X(INT, seeds, "2", "trainings, seeds from `seed` on", IN(1, 100))                              \
    X(INT, join_sequences, "90", "JoMA's network: sequences that it is trained on",                \
      IN(12, 100000))                                                                              \
    X(INT, join_steps, "300", "JoMA's network: steps of descent, all sequences in each",           \
      IN(10, 1000000))                                                                             \
    X(REAL, join_lr, "0.02", "JoMA's network: learning rate of decoder and attention",             \
      IN(1e-6, 1))                                                                                 \
    X(REAL, join_spread, "0.05",                                                                   \
      "JoMA's network: standard deviation of the decoder's weights at the start", IN(1e-6, 10))    \
    NETWORK_RECIPE_AT(X, "300", "32", "32", "2", "4", "5e-3", "0")
PARAMS(gradients, GRADIENTS)

#define MAPS(X)                                                                                    \
    X(INT, seed, "seed of the training")                                                           \
    X(INT, step, "updates made")                                                                   \
    X(TEXT, name, "name of the map")                                                               \
    X(INT, layer, "layer of the map")                                                              \
    X(TEXT, kind, "kind of map: query, key, value, output; gate, up, down")                        \
    X(INT, r, "leading directions r, at most min(m, n)")                                           \
    X(INT, least, "min(m, n)")                                                                     \
    X(REAL, norm, "||G||_F of its gradient G")                                                     \
    X(REAL, stable_rank, "stable rank ||G||_F^2/||G||_2^2")                                        \
    X(REAL, energy, "share of ||G||_F^2 in the r leading directions")                              \
    X(OPTIONAL, overlap,                                                                           \
      "overlap of the r leading directions P with those of the look before, ||P_new^T "            \
      "P_old||_F^2/r, on the shorter side")                                                        \
    X(REAL, shuffled_rank, "stable rank of the same numbers in random places: the control")        \
    X(REAL, shuffled_energy, "the control's share of ||G||_F^2 in its r leading directions")       \
    X(OPTIONAL, shuffled_overlap, "the control's overlap with the look before")
TABLE(maps, MAPS, "every map at every look")

#define LOOKS(X)                                                                                   \
    X(INT, seed, "seed of the training")                                                           \
    X(INT, step, "updates made")                                                                   \
    X(REAL, loss, "loss of the minibatch", .unit = "nat/byte")                                     \
    X(REAL, stable_rank, "stable rank, geometric mean over the maps")                              \
    X(REAL, energy, "share of ||G||_F^2 in the r leading directions, mean over the maps")          \
    X(OPTIONAL, overlap, "overlap with the look before, mean over the maps")                       \
    X(REAL, shuffled_rank, "stable rank of the control, geometric mean over the maps")             \
    X(REAL, shuffled_energy, "energy of the control, mean over the maps")                          \
    X(OPTIONAL, shuffled_overlap, "overlap of the control, mean over the maps")
TABLE(looks, LOOKS, "every look, means over the maps")

#define JOINED(X)                                                                                  \
    X(INT, step, "steps made")                                                                     \
    X(REAL, loss, "loss of JoMA's network", .unit = "nat")                                         \
    X(REAL, stable_rank, "stable rank of the decoder's gradient, columns of the tokens")           \
    X(REAL, moved_rank, "stable rank of the way of the weights, V - V(0); 0 at the start")         \
    X(OPTIONAL, joma_rank,                                                                         \
      "stable rank of the gradient of JoMA's flow with K nodes; empty once it has blown up")       \
    X(OPTIONAL, joma_moved, "stable rank of V - V(0) of that flow; 0 at the start")                \
    X(OPTIONAL, joma_cosine, "cosine of that flow's gradient with the network's")                  \
    X(REAL, lemma_rank,                                                                            \
      "stable rank of (I - lr S)^t G_0, S the Hessian at the start: GaLore's Lemma 3.3")           \
    X(REAL, lemma_cosine, "cosine of that gradient with the network's")                            \
    X(REAL, still_cosine, "cosine of the gradient at the start with the network's: the control")   \
    X(REAL, stationary, "cosine of the saliency Delta with its start: JoMA holds it fixed")        \
    X(REAL, identity,                                                                              \
      "largest |G_l + e^{z_l} Delta_l| over the largest |G|, Delta from the logits")               \
    X(REAL, drift, "largest |z_l - |v_l|^2/2 - c_l|: JoMA's Theorem 1, exp attention")             \
    X(REAL, ledger, "what is left of that drift when half the squared steps are taken away")       \
    X(REAL, shuffled_rank, "stable rank of the gradient's numbers in random places")
TABLE(join, JOINED, "JoMA's network, step by step, beside both theories")

#define SUMMARY(X)                                                                                 \
    X(REAL, rank_start, "stable rank at the first look, over maps and seeds")                      \
    X(REAL, rank_end, "stable rank at the last look, over maps and seeds")                         \
    X(REAL, energy, "share of ||G||_F^2 in the r leading directions, mean over all looks")         \
    X(REAL, overlap, "overlap of successive looks, mean over all")                                 \
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
