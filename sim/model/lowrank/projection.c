#include "projection.h"

#include "../../num/blas.h"
#include "../../num/linalg.h"

#include <string.h>

enum attndyn_status attndyn_projection_create(struct attndyn_context *ctx, size_t m, size_t n,
                                              size_t r, bool two_sided,
                                              struct attndyn_projection *p) {
    *p = (struct attndyn_projection){.m = m, .n = n, .r = r};
    ATTNDYN_ALLOC(ctx, p->P, m * r);
    if (two_sided) ATTNDYN_ALLOC(ctx, p->Q, n * r);
    ATTNDYN_ALLOC(ctx, p->work, m * n);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_projection_from(struct attndyn_context *ctx, const double *G,
                                            struct attndyn_projection *p) {
    const size_t m = p->m, n = p->n, k = m < n ? m : n, r = p->r;
    const uint64_t mark = attndyn_memory_mark(ctx);
    double *values, *U, *Vt;
    ATTNDYN_ALLOC(ctx, values, k);
    ATTNDYN_ALLOC(ctx, U, m * k);
    ATTNDYN_ALLOC(ctx, Vt, k * n);
    ATTNDYN_TRY(attndyn_svd(ctx, m, n, G, values, U, Vt));
    for (size_t i = 0; i < m; i++) memcpy(p->P + i * r, U + i * k, r * sizeof(double));
    for (size_t j = 0; p->Q && j < n; j++)
        for (size_t c = 0; c < r; c++) p->Q[j * r + c] = Vt[c * n + j];
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

void attndyn_projection_reduce(struct attndyn_projection *p, const double *G, double *R) {
    double *PtG = p->Q ? p->work : R;
    attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, p->r, p->n, p->m, 1, p->P, G, 0, PtG);
    if (p->Q) attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, p->r, p->r, p->n, 1, PtG, p->Q, 0, R);
}

void attndyn_projection_lift(struct attndyn_projection *p, double eta, const double *R, double *W) {
    const double *RQt = R;
    if (p->Q) {
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, p->r, p->n, p->r, 1, R, p->Q, 0, p->work);
        RQt = p->work;
    }
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, p->m, p->n, p->r, eta, p->P, RQt, 1, W);
}

/* out (r, r) = F^T X F for F (k, r). */
static enum attndyn_status sandwich(struct attndyn_context *ctx, size_t k, size_t r,
                                    const double *F, const double *X, double *out) {
    const uint64_t mark = attndyn_memory_mark(ctx);
    double *FtX;
    ATTNDYN_ALLOC(ctx, FtX, r * k);
    attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, r, k, k, 1, F, X, 0, FtX);
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, r, r, k, 1, FtX, F, 0, out);
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_projection_restrict(struct attndyn_context *ctx,
                                                struct attndyn_projection *p,
                                                const struct attndyn_parametric *g,
                                                struct attndyn_parametric *restricted) {
    const size_t m = g->m, n = g->n, r = p->r, columns = p->Q ? r : n;
    ATTNDYN_TRY(attndyn_parametric_create(ctx, r, columns, g->N, restricted));
    attndyn_projection_reduce(p, g->A, restricted->A);
    for (size_t i = 0; i < g->N; i++) {
        ATTNDYN_TRY(sandwich(ctx, m, r, p->P, g->B + i * m * m, restricted->B + i * r * r));
        if (p->Q)
            ATTNDYN_TRY(sandwich(ctx, n, r, p->Q, g->C + i * n * n, restricted->C + i * r * r));
        else
            memcpy(restricted->C + i * n * n, g->C + i * n * n, n * n * sizeof(double));
    }
    return ATTNDYN_OK;
}

/* Smallest eigenvalue of a symmetric (k, k) matrix. */
static enum attndyn_status smallest(struct attndyn_context *ctx, size_t k, const double *X,
                                    double *value) {
    const uint64_t mark = attndyn_memory_mark(ctx);
    double *values;
    ATTNDYN_ALLOC(ctx, values, k);
    ATTNDYN_TRY(attndyn_eigen_symmetric(ctx, k, X, values, NULL));
    *value = values[0];
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_parametric_kappa(struct attndyn_context *ctx,
                                             const struct attndyn_parametric *g, double *kappa) {
    *kappa = 0;
    for (size_t i = 0; i < g->N; i++) {
        double b, c;
        ATTNDYN_TRY(smallest(ctx, g->m, g->B + i * g->m * g->m, &b));
        ATTNDYN_TRY(smallest(ctx, g->n, g->C + i * g->n * g->n, &c));
        *kappa += b * c / (double)g->N;
    }
    return ATTNDYN_OK;
}
