/* H2O's comparison within the training length, where only eviction is tested: keys of much
 * attention against the newest, the first, random ones and those of least; and what attention is
 * like. heavy_hitters.c computes losses, attention.c looks at attention, claims.c judges. */
#ifndef CACHE_HEAVY_HITTERS_HEAVY_HITTERS_H
#define CACHE_HEAVY_HITTERS_HEAVY_HITTERS_H

#include "experiments/shared/networks.h"

#define HEAVY_HITTERS(X)                                                                           \
    NETWORK_RECIPES(X, "800", "32", "32", "2", "4")                                                \
    X(REALS, seeds, "1", "seeds of the networks; verdicts are over all of them", IN(0, 1e15))      \
    X(INT, streams, "80", "sequences of the validation text for each seed", IN(2, 100000))         \
    X(REALS, budgets, "0.2,0.3,0.5,0.8", "keys kept, in training lengths", IN(0.01, 1))            \
    X(REAL, budget, "0.3", "the one of `budgets` that the claims are about", IN(0.01, 1))          \
    X(BOOL, control, "true", "for each seed train a control, too: a network without BOS")
PARAMS(heavy_hitters, HEAVY_HITTERS)

#define LOSSES(X)                                                                                  \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, trained, "bos: every training sequence begins with BOS; plain: the control without")   \
    X(TEXT, policy,                                                                                \
      "recent: the newest keys; sink: the first and the newest; h2o: half heavy, half recent; "    \
      "random, least: half of them random, of least attention; tova; keynorm; mean: h2o by "       \
      "attention a query; oracle: knows the attention to come, had none left")                     \
    X(REAL, budget, "in training lengths")                                                         \
    X(INT, slots, "keys kept, the query's own included")                                           \
    X(REAL, nll, "mean loss behind the first quarter", .unit = "nat")                              \
    X(REAL, excess, "less that with all keys, paired by sequence", .unit = "nat")                  \
    X(REAL, error, "its standard error over sequences", .unit = "nat")                             \
    X(REAL, over_h2o, "loss less that of h2o with as many keys, paired", .unit = "nat")            \
    X(REAL, over_h2o_error, "its standard error", .unit = "nat")
TABLE(losses, LOSSES, "the loss under each policy")

#define ATTENTION(X)                                                                               \
    X(INT, seed, "of the network")                                                                 \
    X(TEXT, trained, "bos or plain")                                                               \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(REAL, below1, "share of the weights below 1 % of their row's largest, mean over queries")    \
    X(REAL, top20, "share of a sequence's attention that its heaviest fifth of keys gets")         \
    X(REAL, first, "attention to the first key, mean over the queries behind the first half")      \
    X(REAL, exponent, "least-squares slope of ln mass against ln rank, ranks up to half the keys") \
    X(REAL, fit, "its R^2")                                                                        \
    X(INT, line_from,                                                                              \
      "first rank of the widest range, by its ratio, over which a power law is "                   \
      "nowhere off by more than a tenth; 0: none of five ranks")                                   \
    X(INT, line_to, "its last rank")                                                               \
    X(OPTIONAL, line_slope, "its exponent")
TABLE(attention, ATTENTION, "what attention is like")

#define ACCUMULATED(X)                                                                             \
    X(TEXT, trained, "bos or plain, the first seed")                                               \
    X(INT, layer, "from the lowest, 0")                                                            \
    X(INT, rank, "of a key among its sequence's, by attention, from 1")                            \
    X(REAL, mass,                                                                                  \
      "attention it gets from all queries, over their number; mean over heads and "                \
      "sequences")
TABLE(accumulated, ACCUMULATED, "attention by key, sorted")

#define EXACT(X)                                                                                   \
    X(INT, seed, "of the network")                                                                 \
    X(REAL, no_eviction, "largest difference of a token's loss, h2o with room for all and dense",  \
      .unit = "nat")                                                                               \
    X(REAL, greedy,                                                                                \
      "smallest share of the best coverage sum_q max_j a_qj over four of twelve keys that the "    \
      "greedy choice reaches")                                                                     \
    X(REAL, greedy_mean, "its mean")                                                               \
    X(REAL, modular, "the same smallest share of sum_q sum_j a_qj, the attention that they get")
TABLE(exact, EXACT, "what must hold")

/* attention.c: rows of `attention` and, for the first seed, of `accumulated`; the two numbers of
 * the greedy choice against the exhaustive one. tokens: (streams, length + 1). */
enum attndyn_status heavy_hitters_look(const struct trial *run, const struct network *network,
                                       long seed, const char *trained, bool first, size_t streams,
                                       const uint32_t *tokens, double *greedy, double *greedy_mean,
                                       double *modular);

extern const struct check *const heavy_hitters_claims[];

#endif
