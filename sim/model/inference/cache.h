/* What a key-value cache keeps: the policy, its budget, and which positions the keys have.
 *
 * Every layer and key-value head has a list of kept keys in the order of the stream. Before token
 * x_t is appended to a full list one key leaves, for ever; then x_t sees the list, itself included.
 * `slots` counts the current token's key. */
#ifndef ATTNDYN_MODEL_INFERENCE_CACHE_H
#define ATTNDYN_MODEL_INFERENCE_CACHE_H

#include "../../base/context.h"

enum attndyn_cache_policy {
    ATTNDYN_CACHE_DENSE,         /* all keys */
    ATTNDYN_CACHE_WINDOW,        /* the last `slots` */
    ATTNDYN_CACHE_STREAMING,     /* the first `sinks` and the last slots - sinks (2309.17453) */
    ATTNDYN_CACHE_RECOMPUTATION, /* a fresh pass over the last `slots` tokens, positions from 0 */
    /* The following keep the newest recent - 1 keys; of the others the one leaves that is named
     * here, the first of several. */
    ATTNDYN_CACHE_H2O,     /* ... the one of least score: the softmax weights that it got so far,
                              summed over queries and over the query heads of its group (2306.14048) */
    ATTNDYN_CACHE_RANDOM,  /* ... any one of them */
    ATTNDYN_CACHE_LEAST,   /* ... the one of greatest score: the least attended stay */
    ATTNDYN_CACHE_TOVA,    /* ... the one of least weight under the newest query, summed over the
                              query heads of its group (2401.06104) */
    ATTNDYN_CACHE_KEYNORM, /* ... the one of greatest Euclidean norm (2406.11430);
                              squares of norms that agree to 1e-5 tie */
    /* ... the one that will get least attention, which only the caller knows */
    ATTNDYN_CACHE_ORACLE
};
/* In the order of the enumeration; those that a user can ask for by name, without the oracle. */
#define ATTNDYN_CACHE_POLICIES "dense|window|streaming|recomputation|h2o|random|least|tova|keynorm"
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
/* Checks the budget and fills in what is 0: h2o, random and least need two of slots, heavy and
 * recent, tova and keynorm slots alone (recent: 1); all three where they agree. Dense keeps no
 * ranks: its positions are the stream's. ATTNDYN_USAGE otherwise. */
enum attndyn_status attndyn_cache_resolve(struct attndyn_context *ctx, struct attndyn_cache *cache);

#endif
