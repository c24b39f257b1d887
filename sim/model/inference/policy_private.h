/* A policy: how a kept key is scored, and which one leaves. Adding one takes a function in
 * policy.c and a line in cache.h, ATTNDYN_CACHE_SCORED. */
#ifndef ATTNDYN_MODEL_INFERENCE_POLICY_PRIVATE_H
#define ATTNDYN_MODEL_INFERENCE_POLICY_PRIVATE_H

#include "cache.h"

/* The kept keys of one key-value head, by rank. */
struct infer_kept {
    size_t count;
    const double *score;      /* (count) */
    uint64_t *random;         /* the head's stream */
    const uint64_t *position; /* (count): in the stream */
    const double *future;     /* by position: attention to come; oracle alone */
};

struct infer_policy {
    const char *name;
    bool evicts;   /* from a list; dense and recomputation have none that fills */
    bool budgeted; /* heavy and recent */
    bool alone;    /* slots say enough */
    /* What is kept: the first tokens (sinks) and a run of the last ones. Between the query and a
     * key of the run lie as many ranks as places in the stream. */
    bool run;
    /* A key's score before anything attended to it: from its squared norm; NULL: 0. */
    double (*start)(double norm2);
    /* Its score after one more query, whose heads of the group gave it `weight` in sum; NULL: as it
     * was, and weights are not looked at. */
    double (*look)(double score, double weight);
    /* The rank that leaves a full list. */
    size_t (*leave)(const struct attndyn_cache *cache, const struct infer_kept *kept);
};

const struct infer_policy *attndyn_infer_policy(enum attndyn_cache_policy policy);

#endif
