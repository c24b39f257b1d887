/* A batch of random tokens and targets. */
#ifndef BENCH_BATCH_H
#define BENCH_BATCH_H

#include "bench/harness.h"
#include "sim/base/random.h"
#include "sim/data/batch.h"

static inline struct attndyn_batch random_batch(struct attndyn_context *ctx, size_t sequences,
                                                size_t length, size_t vocabulary, uint64_t state) {
    const size_t n = sequences * length;
    uint32_t *tokens = ATTNDYN_NEW(ctx, uint32_t, n), *targets = ATTNDYN_NEW(ctx, uint32_t, n);
    if (!tokens || !targets) exit(EXIT_FAILURE);
    for (size_t i = 0; i < n; i++) {
        tokens[i] = (uint32_t)(attndyn_splitmix_next(&state) % vocabulary);
        targets[i] = (uint32_t)(attndyn_splitmix_next(&state) % vocabulary);
    }
    return (struct attndyn_batch){sequences, length, tokens, targets, NULL};
}

#endif
