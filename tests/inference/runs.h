/* What the tests of inference share: small networks of every kind, fed in every way. Each function
 * exists in single and in double precision. */
#ifndef TESTS_INFERENCE_RUNS_H
#define TESTS_INFERENCE_RUNS_H

#include "sim/base/context.h"
#include "sim/model/inference/cache.h"
#include "sim/model/transformer/config.h"

#include <stdint.h>

enum { NETWORKS = 12, VOCABULARY = 23 };
extern const char *const network_names[NETWORKS];
/* As before attndyn_transformer_config_resolve. */
void network_config(struct attndyn_context *ctx, int which,
                    struct attndyn_transformer_config *config);

enum way { AT_ONCE, ONE_BY_ONE, IN_CUTS, IN_BLOCKS, MASKED };
struct run {
    enum way way;
    struct attndyn_cache cache;
    size_t capacity; /* 0: as many as are fed */
    int threads;     /* 0: 1 */
    bool bytes;      /* weights as bytes */
    enum storage { PLAIN, BRAIN, HALF, WIDENED_BRAIN, WIDENED_HALF, TRANSPOSED, GROUPED } storage;
    bool zero_slot; /* every list begins with a key and a value of zeros */
};
/* Logits (n, outputs) of tokens fed to one stream; weights drawn from `seed`. */
double *logits_single(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                      uint64_t seed, const struct run *run, const uint32_t *tokens, size_t n);
double *logits_double(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                      uint64_t seed, const struct run *run, const uint32_t *tokens, size_t n);
/* The same by the engine that trains (transformer.h). */
double *engine_single(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                      uint64_t seed, const uint32_t *tokens, size_t n);
double *engine_double(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                      uint64_t seed, const uint32_t *tokens, size_t n);
/* Two streams, fed together token by token: (2, n, outputs). */
double *two_streams_single(struct attndyn_context *ctx,
                           const struct attndyn_transformer_config *config, uint64_t seed,
                           const struct run *run, const uint32_t *first, const uint32_t *second,
                           size_t n);
double *two_streams_double(struct attndyn_context *ctx,
                           const struct attndyn_transformer_config *config, uint64_t seed,
                           const struct run *run, const uint32_t *first, const uint32_t *second,
                           size_t n);

#endif
