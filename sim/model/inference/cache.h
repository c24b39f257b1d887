/* What a key-value cache keeps: the policy, its budget, and which positions the keys have.
 *
 * Every layer and key-value head has a list of kept keys in the order of the stream. Before token
 * x_t is appended to a full list one key leaves, for ever; then x_t sees the list, itself included.
 * `slots` counts the current token's key. */
#ifndef ATTNDYN_MODEL_INFERENCE_CACHE_H
#define ATTNDYN_MODEL_INFERENCE_CACHE_H

#include "../../base/context.h"

/* Policies beside H2O that choose by a score: value, name, whether `slots` alone is a budget
 * (recent is then 1), and three functions of policy.c: the score that a key starts with, from its
 * squared norm, that after one more query, which gave it some weight (NULL: 0, and as it was), and
 * the rank that leaves. A new one is a line here, and the function that it does not find there.
 *
 * random: any of them. least: the one of greatest score, the least attended stay. tova: that of
 * least weight under the newest query (2401.06104). keynorm: that of greatest Euclidean norm
 * (2406.11430); squares of norms that agree to 1e-5 tie. mean: that of least score for each query
 * that saw it. */
#define ATTNDYN_CACHE_SCORED(X)                                                                    \
    X(RANDOM, "random", false, NULL, NULL, any)                                                    \
    X(LEAST, "least", false, NULL, add, largest)                                                   \
    X(TOVA, "tova", true, NULL, replace, smallest)                                                 \
    X(KEYNORM, "keynorm", true, as_it_is, NULL, longest)                                           \
    X(MEAN, "mean", false, NULL, add, smallest_mean)

enum attndyn_cache_policy {
    ATTNDYN_CACHE_DENSE,         /* all keys */
    ATTNDYN_CACHE_WINDOW,        /* the last `slots` */
    ATTNDYN_CACHE_STREAMING,     /* the first `sinks` and the last slots - sinks (2309.17453) */
    ATTNDYN_CACHE_RECOMPUTATION, /* a fresh pass over the last `slots` tokens, positions from 0 */
    /* The following keep the newest recent - 1 keys; of the others the one leaves that is named
     * here, the first of several. */
    ATTNDYN_CACHE_H2O, /* ... the one of least score: the softmax weights that it got so far, summed
                          over queries and over the query heads of its group (2306.14048) */
#define ATTNDYN_CACHE_VALUE(id, name, alone, start, look, leave) ATTNDYN_CACHE_##id,
    ATTNDYN_CACHE_SCORED(ATTNDYN_CACHE_VALUE)
#undef ATTNDYN_CACHE_VALUE
    /* ... the one that will get least attention, which only the caller knows */
    ATTNDYN_CACHE_ORACLE
};
#define ATTNDYN_CACHE_OR(id, name, alone, start, look, leave) "|" name
/* Those with heavy and recent keys; and, in the order of the enumeration, all that a user can ask
 * for by name, without the oracle. */
#define ATTNDYN_CACHE_BUDGETED "h2o" ATTNDYN_CACHE_SCORED(ATTNDYN_CACHE_OR)
#define ATTNDYN_CACHE_POLICIES "dense|window|streaming|recomputation|" ATTNDYN_CACHE_BUDGETED
/* A key's place in the model's positions. For learned and sinusoidal positions, which enter with
 * the token, it is that of the token when it was read. */
enum attndyn_cache_positions {
    ATTNDYN_CACHE_RANKS, /* its rank among the keys kept; the query's is the last (StreamingLLM) */
    ATTNDYN_CACHE_ORIGINAL /* that in the stream */
};

#define ATTNDYN_CACHE_POSITIONS "cache|original"

struct attndyn_cache {
    enum attndyn_cache_policy policy;
    size_t slots, sinks;
    size_t heavy, recent; /* heavy + recent = slots */
    enum attndyn_cache_positions positions;
    uint64_t seed; /* random */
    /* oracle: (layers, G, length, length), the attention that query t and later ones will give key
     * j, at [layer][head][t][j]; kept by the caller, for a stream of at most `length` tokens. */
    const double *future;
    size_t length;
};

/* "dense", "window", ... in the order of the enumeration; NULL behind the last. */
const char *attndyn_cache_policy_name(enum attndyn_cache_policy policy);
/* Checks the budget and fills in what is 0: policies by score need two of slots, heavy and recent,
 * or slots alone (above; recent: 1); all three where they agree. Dense keeps no
 * ranks: its positions are the stream's. ATTNDYN_USAGE otherwise. */
enum attndyn_status attndyn_cache_resolve(struct attndyn_context *ctx, struct attndyn_cache *cache);

#endif
