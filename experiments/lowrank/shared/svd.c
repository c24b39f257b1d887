#include "svd.h"

#include "sim/num/blas.h"

enum attndyn_status svd_of(struct attndyn_context *ctx, size_t m, size_t n, const double *G,
                           double *s, double **u, double **vt) {
    const size_t k = m < n ? m : n;
    double *a;
    ATTNDYN_ALLOC(ctx, a, m * n);
    ATTNDYN_ALLOC(ctx, *u, m * k);
    ATTNDYN_ALLOC(ctx, *vt, k * n);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) a[j * m + i] = G[i * n + j];
    const int info = attndyn_lapack_svd(ctx, m, n, a, s, *u, *vt);
    if (info == ATTNDYN_LAPACK_MEMORY) return ATTNDYN_NO_MEMORY;
    if (info)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "the singular values of a gradient of %zu x %zu do not converge (%d)",
                            m, n, info);
    return ATTNDYN_OK;
}
