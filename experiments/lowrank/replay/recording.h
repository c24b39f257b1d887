/* Gradients of a training, recorded anywhere: a safetensors file with weights.<name> (m, n) and
 * gradients.<step>.<name> of the same shape, for every step 0, 1, ... and every name. */
#ifndef LOWRANK_REPLAY_RECORDING_H
#define LOWRANK_REPLAY_RECORDING_H

#include "sim/data/safetensors.h"

struct recorded {
    const char *name;
    size_t m, n;
    const struct attndyn_tensor *weights;
    const struct attndyn_tensor **gradient; /* (steps) */
    double *sample;                         /* or all of them: weights, then (steps) gradients */
};

struct recording {
    size_t matrices, steps;
    struct recorded *matrix; /* (matrices), by name */
};

/* The file stays mapped as long as ctx lives. ATTNDYN_NO_INPUT: a tensor of another name, shape or
 * kind, a gradient that is missing; it is named. */
enum attndyn_status recording_open(struct attndyn_context *ctx, const char *path,
                                   struct recording *recording);
/* A tall, a square and a wide matrix; gradients of falling rank, that turn slowly, and noise. */
enum attndyn_status recording_sample(struct attndyn_context *ctx, size_t steps, uint64_t seed,
                                     struct recording *recording);
/* Numbers of a matrix, row-major; step SIZE_MAX: the weights before the first update. */
enum attndyn_status recording_take(struct attndyn_context *ctx, const struct recording *recording,
                                   size_t matrix, size_t step, double *to);

#endif
