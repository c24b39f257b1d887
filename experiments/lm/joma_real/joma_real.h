/* JoMA's Theorem 1 on trained networks: at which step from the theorem's network to a real one, and
 * by how much, the attention logits depart from what the weights above them predict. What a user
 * sets and what a run emits; rungs.c makes the networks, observer.c and ledger.c measure them,
 * joma_real.c trains, claims.c judges. */
#ifndef LM_JOMA_REAL_JOMA_REAL_H
#define LM_JOMA_REAL_JOMA_REAL_H

#include "experiments/lm/shared/published.h"

#define JOMA_REAL(X)                                                                               \
    TEXT_INPUT_OR_PUBLISHED(X)                                                                     \
    PUBLISHED(X)                                                                                   \
    NETWORK(X, "200", "200", "0.2")                                                                \
    UPDATES(X, "2000", "1e-3")                                                                     \
    DESCENT_OR_PUBLISHED(                                                                          \
        X, "of the updates from the rung `adam` on; those before it move all by sgd", "adam")      \
    X(REAL, lr_counts, "0.002",                                                                    \
      "learning rate of SGD where attention is linear or exp (sums over tokens)", IN(1e-12, 1e6))  \
    X(REAL, lr_sgd, "0.1", "of SGD where it is softmax; lr is that from the rung `adam` on",       \
      IN(1e-12, 1e6))                                                                              \
    X(REAL, start, "0.1",                                                                          \
      "standard deviation of the start before the rung `maps`, PyTorch's from there on",           \
      IN(1e-6, 10))                                                                                \
    X(TEXT, query, "the", "the query of the rungs with one query: a frequent word")                \
    X(INT, probe, "10", "minibatches over which mean attention and vectors are taken",             \
      IN(1, 100000))                                                                               \
    X(INT, keys, "50", "tokens compared, the most frequent of the probe", IN(3, 100000))           \
    X(INT, queries, "8", "query tokens watched one by one, the most frequent of the probe",        \
      IN(1, 1000))                                                                                 \
    X(INT, looks, "20", "measurements over a training", IN(1, 100000))
PARAMS(joma_real, JOMA_REAL)

#define COURSE(X)                                                                                  \
    X(INT, rung, "0 .. 13")                                                                        \
    X(TEXT, name, "what the rung adds")                                                            \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(INT, minibatch, "updates made")                                                              \
    X(OPTIONAL, nc, "of z and zhat's changes since the start, mean over queries watched")          \
    X(OPTIONAL, slope, "of zhat's change on z's, mean over queries")                               \
    X(OPTIONAL, error, "|change of zhat - of z| / |of z|, mean over queries")                      \
    X(OPTIONAL, nc_sum, "the same three of the sums over all queries")                             \
    X(OPTIONAL, slope_sum, "slope")                                                                \
    X(OPTIONAL, error_sum, "relative error")                                                       \
    X(OPTIONAL, nc_track, "of the sums, mean attention followed over time")                        \
    X(OPTIONAL, slope_track, "slope")                                                              \
    X(OPTIONAL, error_track, "relative error")                                                     \
    X(OPTIONAL, nc_readers,                                                                        \
      "of the sums, the decoder counted as a reader where the stream goes past the MLP")           \
    X(OPTIONAL, slope_readers, "slope")                                                            \
    X(OPTIONAL, error_readers, "relative error")                                                   \
    X(OPTIONAL, nc_published,                                                                      \
      "of z and zhat + c themselves, as the paper's figure 2: near 1 at first whatever zhat")      \
    X(OPTIONAL, moved, "|change of z| per key, root mean square, of the sums")                     \
    X(OPTIONAL, attention_moved, "total variation of mean attention since the start")              \
    X(OPTIONAL, loss, "mean training loss since the last row", .unit = "nat")
TABLE(course, COURSE, "z against zhat over training, every rung and layer")

#define TOKENS(X)                                                                                  \
    X(INT, rung, "0 .. 13")                                                                        \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(TEXT, token, "key")                                                                          \
    X(REAL, dz, "change of z, summed over queries, mean over keys removed")                        \
    X(REAL, dzhat, "what Theorem 1 makes of the weights' change")
TABLE(tokens, TOKENS, "the changes at the end, token by token")

#define LEDGER(X)                                                                                  \
    X(INT, rung, "the exact ones")                                                                 \
    X(REAL, drift, "largest drift of an invariant over tokens")                                    \
    X(REAL, off, "largest difference to its discrete form, summed over the steps")                 \
    X(REAL, moved, "largest change of z (linear: of z^2)")
TABLE_AS(balance, "ledger", LEDGER, "the exact rungs: drift and its discrete form")

#define SUMMARY(X)                                                                                 \
    X(OPTIONAL, first_broken,                                                                      \
      "the lowest rung whose error (sums, lowest layer) exceeds 1/2; 14: none")                    \
    X(OPTIONAL, nc_exact, "smallest NC of the exact rungs")                                        \
    X(OPTIONAL, nc_softmax_one, "NC of the rung softmax-one at the end")                           \
    X(OPTIONAL, nc_stream,                                                                         \
      "NC of the rung stream at the end, of sums over queries in the lowest layer")                \
    X(OPTIONAL, nc_wlm, "NC of the rung wlm, likewise")                                            \
    X(OPTIONAL, error_wlm, "error of the rung wlm")                                                \
    X(OPTIONAL, slope_wlm, "slope of the rung wlm")
SCALARS(summary, SUMMARY)

extern const struct check *const joma_real_claims[];

#endif
