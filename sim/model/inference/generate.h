/* The next token from logits. */
#ifndef ATTNDYN_MODEL_INFERENCE_GENERATE_H
#define ATTNDYN_MODEL_INFERENCE_GENERATE_H

#include "inference.h"

#define attndyn_sampler ATTNDYN_REAL_NAME(attndyn_sampler)
#define attndyn_sampler_create ATTNDYN_REAL_NAME(attndyn_sampler_create)
#define attndyn_sample ATTNDYN_REAL_NAME(attndyn_sample)

struct attndyn_sampler {
    double temperature; /* 0: the most probable one, the first of several */
    double top_p;   /* in (0, 1]: from the fewest most probable ones whose sum is at least this */
    uint64_t state; /* SplitMix64 */
    size_t outputs;
    double *probability; /* (outputs) */
    uint32_t *order;     /* (outputs) */
};

/* The draws are a function of the seed. ATTNDYN_USAGE: temperature or top_p out of range. */
enum attndyn_status attndyn_sampler_create(struct attndyn_context *ctx, size_t outputs,
                                           double temperature, double top_p, uint64_t seed,
                                           struct attndyn_sampler *sampler);
/* Draws from softmax(logits / temperature), cut to top_p. */
uint32_t attndyn_sample(struct attndyn_sampler *sampler, const attndyn_real *logits);

#endif
