/* A trained network from the folder that ATTNDYN_DATA names, evaluated in either precision. */
#ifndef TESTS_INFERENCE_STORIES_H
#define TESTS_INFERENCE_STORIES_H

#include "sim/base/context.h"
#include "sim/model/inference/cache.h"

#include <stdint.h>

/* NULL, with a message, if the variable is unset: the test is then skipped. */
const char *stories_data(void);

struct stories {
    struct attndyn_cache cache;
    bool restart; /* with token 1 */
    bool masked, bytes;
    size_t window, stride;
    bool mlp, heads; /* sparse */
    int choice;      /* enum attndyn_sparse_choice */
    double share;
    size_t rank;
    const uint32_t *calibration;
    size_t calibrated;
    double recall; /* set, where sparse */
};
/* nll, best: (n - 1). */
enum attndyn_status stories_single(struct attndyn_context *ctx, struct stories *s,
                                   const uint32_t *tokens, size_t n, double *nll, uint32_t *best);
enum attndyn_status stories_double(struct attndyn_context *ctx, struct stories *s,
                                   const uint32_t *tokens, size_t n, double *nll, uint32_t *best);

#endif
