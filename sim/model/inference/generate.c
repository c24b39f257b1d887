#include "generate.h"

#include "../../base/random.h"
#include "evaluate.h"

#include <math.h>

enum attndyn_status attndyn_sampler_create(struct attndyn_context *ctx, size_t outputs,
                                           double temperature, double top_p, uint64_t seed,
                                           struct attndyn_sampler *sampler) {
    if (!(temperature >= 0 && isfinite(temperature)) || !(top_p > 0 && top_p <= 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "sampling: temperature %g and top_p %g: expected at least 0, and in "
                            "(0, 1]",
                            temperature, top_p);
    *sampler = (struct attndyn_sampler){
        temperature, top_p, attndyn_random_derive(seed, "sample", 0), outputs, NULL, NULL};
    ATTNDYN_ALLOC(ctx, sampler->probability, outputs);
    ATTNDYN_ALLOC(ctx, sampler->order, outputs);
    return ATTNDYN_OK;
}

/* A heap of ids with the most probable on top; of two as probable ones the smaller. */
static void sift(const double *p, uint32_t *heap, size_t at, size_t n) {
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n &&
            (p[heap[child + 1]] > p[heap[child]] ||
             (p[heap[child + 1]] == p[heap[child]] && heap[child + 1] < heap[child])))
            child++;
        if (p[heap[at]] > p[heap[child]] ||
            (p[heap[at]] == p[heap[child]] && heap[at] < heap[child]))
            return;
        uint32_t swap = heap[at];
        heap[at] = heap[child], heap[child] = swap;
    }
}

uint32_t attndyn_sample(struct attndyn_sampler *s, const attndyn_real *logits) {
    size_t n = s->outputs, best = attndyn_logits_best(n, logits);
    if (s->temperature == 0) return (uint32_t)best;
    double *p = s->probability, sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += p[j] = exp(((double)logits[j] - (double)logits[best]) / s->temperature);
    double draw = (double)(attndyn_splitmix_next(&s->state) >> 11) * 0x1p-53;
    if (s->top_p == 1) {
        double below = 0;
        for (size_t j = 0; j < n; j++)
            if ((below += p[j]) > draw * sum) return (uint32_t)j;
        return (uint32_t)best;
    }
    /* Takes ids off the heap, most probable first, until their sum is reached; few are needed. */
    for (size_t j = 0; j < n; j++) s->order[j] = (uint32_t)j;
    for (size_t j = n / 2; j-- > 0;) sift(p, s->order, j, n);
    size_t kept = 0;
    double held = 0;
    while (kept < n && held < s->top_p * sum) {
        uint32_t top = s->order[0];
        s->order[0] = s->order[n - 1 - kept];
        s->order[n - 1 - kept] = top;
        held += p[top];
        sift(p, s->order, 0, n - 1 - kept);
        kept++;
    }
    double below = 0;
    for (size_t k = 0; k < kept; k++)
        if ((below += p[s->order[n - 1 - k]]) > draw * held) return s->order[n - 1 - k];
    return (uint32_t)best;
}
