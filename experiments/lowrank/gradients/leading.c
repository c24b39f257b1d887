#include "experiments/lowrank/shared/svd.h"
#include "gradients.h"
#include "sim/num/blas.h"
#include "sim/observe/rank.h"

enum attndyn_status leading_create(struct attndyn_context *ctx, size_t m, size_t n, size_t r,
                                   struct leading *l) {
    const size_t k = m < n ? m : n;
    *l = (struct leading){.m = m, .n = n, .k = k, .r = r < k ? r : k};
    ATTNDYN_ALLOC(ctx, l->s, k);
    ATTNDYN_ALLOC(ctx, l->P, k * l->r);
    return ATTNDYN_OK;
}

enum attndyn_status leading_of(struct attndyn_context *ctx, struct leading *l, const double *G) {
    const size_t m = l->m, n = l->n, k = l->k;
    uint64_t mark = attndyn_memory_mark(ctx);
    double *u, *vt;
    ATTNDYN_TRY(svd_of(ctx, m, n, G, l->s, &u, &vt));
    if (!(l->s[0] > 0))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "a gradient of %zu x %zu is 0", m, n);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < l->r; j++) l->P[i * l->r + j] = m < n ? u[j * m + i] : vt[i * k + j];
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

double leading_energy(const struct leading *l) {
    double all = 0, first = 0;
    for (size_t i = 0; i < l->k; i++) {
        all += l->s[i] * l->s[i];
        if (i < l->r) first += l->s[i] * l->s[i];
    }
    return first / all;
}

double leading_overlap(const struct leading *a, const struct leading *b) {
    double sum = 0;
    for (size_t i = 0; i < a->r; i++)
        for (size_t j = 0; j < b->r; j++) {
            double dot = 0;
            for (size_t q = 0; q < a->k; q++) dot += a->P[q * a->r + i] * b->P[q * b->r + j];
            sum += dot * dot;
        }
    return sum / (double)a->r;
}
