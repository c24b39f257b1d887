/* Which tokens attention ends by favouring when the embeddings learn too.
 * What a user sets and what a run emits; fates.c computes, claims.c judges. */
#ifndef EMBED_FATES_FATES_H
#define EMBED_FATES_FATES_H

#include "experiments/frame/contract/typed.h"

#define FATES(X)                                                                                   \
    X(REAL, eta_y, "5", "rate of the decoder", IN(1e-3, 1e4))                                      \
    X(REAL, eta_z, "1", "rate of the attention", IN(1e-3, 1e4))                                    \
    X(REAL, eta_u, "1", "rate of the embeddings of the random sets", IN(1e-6, 1e4),                \
      .symbol = "η_u")                                                                             \
    X(REALS, eta_us, "0.01,0.1,1", "rates of the embeddings of the example sets", IN(1e-6, 1e4))   \
    X(INT, sets, "100", "random sets", IN(0, 10000))                                               \
    X(INT, num_last, "2", "queries (last tokens) L of the random sets", IN(1, 20))                 \
    X(INT, num_next_per_last, "2", "classes per query N of the random sets", IN(1, 20))            \
    X(INT, num_common, "3", "common tokens of the random sets", IN(1, 20))                         \
    X(INT, num_distinct, "3",                                                                      \
      "distinct tokens per class of the random sets; a single one of weight 0.1 lets "             \
      "the bags below a norm pass through 0",                                                      \
      IN(1, 10))                                                                                   \
    X(REAL, common_sd, "0.6",                                                                      \
      "standard deviation of the random sets' common tokens' log-weights, drawn for each class",   \
      IN(0, 5), .symbol = "sd of the commons")                                                     \
    X(REAL, distinct_sd, "0.6", "the same of the random sets' distinct tokens' log-weights",       \
      IN(0, 5))                                                                                    \
    X(INT, seed, "1", "seed of the random sets", IN(0, 1000000))                                   \
    X(REAL, t_end, "1e4", "horizon of the random sets' runs, time t", IN(1, 1e12))                 \
    X(REAL, t_examples, "1e5", "horizon of the example sets' runs, time t", IN(1, 1e12))           \
    X(REAL, rtol, "1e-8", "relative tolerance", IN(1e-12, 1e-4))
PARAMS(embed_fates, FATES)

#define EXAMPLES(X)                                                                                \
    X(TEXT, set, "example set")                                                                    \
    X(TEXT, kind, "fixed embeddings, chain (Y = X_1 R), or normed (below a norm)")                 \
    X(REAL, eta_u, "rate of the embeddings; 0: fixed")                                             \
    X(INT, query, "query (last token) m")                                                          \
    X(INT, token, "token l")                                                                       \
    X(TEXT, role, "common or distinct")                                                            \
    X(REAL, z, "attention logit z_ml at t_examples")
TABLE(examples, EXAMPLES, "the example sets at the end")

#define RANDOMS(X)                                                                                 \
    X(INT, set, "number of the random set")                                                        \
    X(INT, fixed, "common tokens whose logit ends above its start, fixed embeddings")              \
    X(INT, chain, "the same with a trained embedding before the decoder")                          \
    X(INT, normed, "the same with trained embeddings below a norm; -1: a bag passes through 0")
TABLE(randoms, RANDOMS, "growing common tokens of each random set")

#define SHARES(X)                                                                                  \
    X(TEXT, kind, "fixed, chain or normed")                                                        \
    X(REAL, eta_u, "rate of the embeddings; 0: fixed")                                             \
    X(INT, sets, "random sets that count; those that some kind leaves out do not")                 \
    X(INT, growing, "sets in which some common token ends above its start")
TABLE(shares, SHARES, "share of random sets in which a common token grows")

#define FATES_SCALARS(X)                                                                           \
    X(REAL, singular, "sets left out, as below a norm a bag passes through 0")                     \
    X(OPTIONAL, share_fixed,                                                                       \
      "share of the random sets in which a common token grows, fixed embeddings")                  \
    X(OPTIONAL, share_chain, "the same share with a chain of embeddings")                          \
    X(OPTIONAL, share_normed, "the same share below a norm",                                       \
      .symbol = "sets in which a common grows")
SCALARS(fates_scalars, FATES_SCALARS)

extern const struct check *const embed_fates_claims[];

#endif
