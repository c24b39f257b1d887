/* A transformer's forward pass as its definition reads (sim/model/transformer/config.h): one number
 * after another, in scalars, without products of matrices, blocks, views of storage or slots of a
 * cache. What the engine computes is held against it.
 *
 * Numbers are complex: where each weight w has the imaginary part h x (h = 1e-30, x a direction),
 * the imaginary part of any result over h is its derivative along x, to the rounding of double
 * precision: no difference is taken. Comparisons (ReLU, maxima, evictions) look at real parts.
 */
#ifndef LM_SHARED_PLAIN_H
#define LM_SHARED_PLAIN_H

#include "sim/model/inference/cache.h"
#include "sim/model/transformer/config.h"

#include <complex.h>
#include <stdint.h>

#undef I /* the frame has a member of that name; here it is _Complex_I */

#define PLAIN_STEP 1e-30

struct plain_tensor {
    char name[64];        /* the engine's (transformer.h) */
    size_t rows, columns; /* (out, in), row-major; rows 0: a vector */
    double complex *at;
};
/* The network's tensors; `config` says what is computed with them. Sizes and scales of it that are
 * 0 were filled in here, not by the engine. */
struct plain {
    struct attndyn_transformer_config config;
    struct plain_tensor *tensors;
    size_t count;
};

/* All tensors of the config, every number 0. Lists in the config must outlive it. */
enum attndyn_status plain_create(struct attndyn_context *ctx,
                                 const struct attndyn_transformer_config *config,
                                 struct plain **network);
/* NULL: none of that name. */
struct plain_tensor *plain_find(const struct plain *network, const char *name);
size_t plain_numbers(const struct plain_tensor *tensor);

/* What a pass looks at beside the tokens; zero: nothing. */
struct plain_pass {
    struct attndyn_cache cache; /* dense, window, streaming, h2o, least, tova or keynorm */
    const double *counts;       /* (length): how often each position stands as a key */
    bool *kept; /* (layers, G, length), or NULL: set, which keys are there at the end */
};
/* logits: (length, outputs). One sequence. */
enum attndyn_status plain_logits(struct attndyn_context *ctx, const struct plain *network,
                                 const struct plain_pass *pass, const uint32_t *tokens,
                                 size_t length, double complex *logits);

#endif
