/* Subspaces: where they come from, and what becomes of the moments when they change. All in double,
 * whatever the precision of the network. */
#include "galore_private.h"

#include "../../base/random.h"
#include "../blas.h"

#include <float.h>
#include <string.h>

enum { SPARE = 8, ROUNDS = 2 };

/* Both sides' directions: u (m, r) and vt (r, n), row-major. */
struct directions {
    double *u, *vt;
};

static enum attndyn_status no_number(struct attndyn_context *ctx, const struct attndyn_galore *g,
                                     int info) {
    if (info == ATTNDYN_LAPACK_MEMORY) return ATTNDYN_NO_MEMORY;
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                        "the singular values of a gradient (%zu, %zu) do not converge (gesdd: %d): "
                        "is it finite?",
                        g->m, g->n, info);
}

/* The leading singular vectors of A (m, n), from a copy in LAPACK's layout. Those of the transpose
 * would differ in sign, and signs matter to moments that are kept. */
static enum attndyn_status leading(struct attndyn_context *ctx, const struct attndyn_galore *g,
                                   size_t m, size_t n, const double *A, struct directions *to) {
    const size_t r = g->r, k = m < n ? m : n;
    double *a, *s, *u, *vt;
    ATTNDYN_ALLOC(ctx, a, m * n);
    ATTNDYN_ALLOC(ctx, s, k);
    ATTNDYN_ALLOC(ctx, u, m * k);
    ATTNDYN_ALLOC(ctx, vt, k * n);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) a[j * m + i] = A[i * n + j];
    int info = attndyn_lapack_svd(ctx, m, n, a, s, u, vt);
    if (info == 0 && !(s[0] <= DBL_MAX)) info = 1; /* some LAPACKs do not report NaN */
    if (info != 0) return no_number(ctx, g, info);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < r; j++) to->u[i * r + j] = u[j * m + i];
    for (size_t j = 0; j < r; j++)
        for (size_t i = 0; i < n; i++) to->vt[j * n + i] = vt[i * k + j];
    return ATTNDYN_OK;
}

/* The columns of X (rows, count) become orthonormal, count <= rows. */
static enum attndyn_status orthonormal(struct attndyn_context *ctx, size_t rows, size_t count,
                                       double *X) {
    double *a, *diagonal;
    ATTNDYN_ALLOC(ctx, a, rows * count);
    ATTNDYN_ALLOC(ctx, diagonal, count);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < count; j++) a[j * rows + i] = X[i * count + j];
    int info = attndyn_lapack_qr(ctx, rows, count, a, diagonal);
    if (info == ATTNDYN_LAPACK_MEMORY) return ATTNDYN_NO_MEMORY;
    if (info != 0)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "galore: directions (%zu, %zu), geqrf: %d",
                            rows, count, info);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < count; j++) X[i * count + j] = a[j * rows + i];
    attndyn_free(ctx, diagonal);
    attndyn_free(ctx, a);
    return ATTNDYN_OK;
}

static enum attndyn_status drawn(struct attndyn_context *ctx, const struct attndyn_galore *g,
                                 const char *what, size_t rows, size_t count, double *X) {
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive(g->options.seed, what, g->updates)));
    attndyn_random_normals(&random, 1, rows * count, X);
    attndyn_random_done(&random);
    return ATTNDYN_OK;
}

/* From X (n, l), directions of the right: the range of (G G^T)^rounds G X, and within it the
 * leading singular vectors. */
static enum attndyn_status refined(struct attndyn_context *ctx, const struct attndyn_galore *g,
                                   const double *A, size_t l, double *X, struct directions *to) {
    const size_t m = g->m, n = g->n, r = g->r;
    struct directions inner;
    double *Y, *B;
    ATTNDYN_ALLOC(ctx, Y, m * l);
    ATTNDYN_ALLOC(ctx, B, l * n);
    ATTNDYN_ALLOC(ctx, inner.u, l * r);
    inner.vt = to->vt;
    for (int round = 0; round < ROUNDS; round++) {
        attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, l, n, 1, A, X, 0, Y);
        ATTNDYN_TRY(orthonormal(ctx, m, l, Y));
        if (round + 1 == ROUNDS) break;
        attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, n, l, m, 1, A, Y, 0, X);
        ATTNDYN_TRY(orthonormal(ctx, n, l, X));
    }
    attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, l, n, m, 1, Y, A, 0, B);
    ATTNDYN_TRY(leading(ctx, g, l, n, B, &inner));
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, m, r, l, 1, Y, inner.u, 0, to->u);
    return ATTNDYN_OK;
}

static enum attndyn_status randomised(struct attndyn_context *ctx, const struct attndyn_galore *g,
                                      const double *A, struct directions *to) {
    const size_t least = g->m < g->n ? g->m : g->n, l = g->r + SPARE < least ? g->r + SPARE : least;
    double *X;
    ATTNDYN_ALLOC(ctx, X, g->n * l);
    ATTNDYN_TRY(drawn(ctx, g, "range", g->n, l, X));
    return refined(ctx, g, A, l, X, to);
}

static enum attndyn_status warm(struct attndyn_context *ctx, const struct attndyn_galore *g,
                                const double *A, struct directions *to) {
    const size_t m = g->m, n = g->n, r = g->r;
    double *X, *P;
    if (g->updates == 0) return leading(ctx, g, m, n, A, to);
    ATTNDYN_ALLOC(ctx, X, n * r);
    if (g->Q) {
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < r; k++) X[j * r + k] = (double)g->Q[k * n + j];
    } else {
        ATTNDYN_ALLOC(ctx, P, m * r);
        for (size_t i = 0; i < m * r; i++) P[i] = (double)g->P[i];
        attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, n, r, m, 1, A, P, 0, X);
    }
    return refined(ctx, g, A, r, X, to);
}

static enum attndyn_status random_directions(struct attndyn_context *ctx,
                                             const struct attndyn_galore *g,
                                             struct directions *to) {
    double *V;
    ATTNDYN_ALLOC(ctx, V, g->n * g->r);
    ATTNDYN_TRY(drawn(ctx, g, "left", g->m, g->r, to->u));
    ATTNDYN_TRY(orthonormal(ctx, g->m, g->r, to->u));
    ATTNDYN_TRY(drawn(ctx, g, "right", g->n, g->r, V));
    ATTNDYN_TRY(orthonormal(ctx, g->n, g->r, V));
    for (size_t k = 0; k < g->r; k++)
        for (size_t j = 0; j < g->n; j++) to->vt[k * g->n + j] = V[j * g->r + k];
    return ATTNDYN_OK;
}

/* C (r, r) = P_new^T P_old, Q_new Q_old^T. */
static enum attndyn_status rotated(struct attndyn_context *ctx, struct attndyn_galore *g,
                                   const struct directions *to) {
    const size_t m = g->m, n = g->n, r = g->r;
    double *left = NULL, *right = NULL;
    if (g->P) ATTNDYN_ALLOC(ctx, left, r * r);
    if (g->Q) ATTNDYN_ALLOC(ctx, right, r * r);
    for (size_t i = 0; i < r; i++)
        for (size_t j = 0; j < r; j++) {
            for (size_t k = 0; left && k < m; k++)
                left[i * r + j] += to->u[k * r + i] * (double)g->P[k * r + j];
            for (size_t k = 0; right && k < n; k++)
                right[i * r + j] += to->vt[i * n + k] * (double)g->Q[j * n + k];
        }
    return attndyn_galore_rotate(ctx, g, left, right);
}

static enum attndyn_status renew(struct attndyn_context *ctx, struct attndyn_galore *g,
                                 const attndyn_real *G) {
    const size_t m = g->m, n = g->n, r = g->r;
    struct directions to;
    double *A;
    ATTNDYN_ALLOC(ctx, A, m * n);
    ATTNDYN_ALLOC(ctx, to.u, m * r);
    ATTNDYN_ALLOC(ctx, to.vt, r * n);
    for (size_t i = 0; i < m * n; i++) A[i] = (double)G[i];
    switch (g->options.subspace) {
    case ATTNDYN_SUBSPACE_SVD:
    case ATTNDYN_SUBSPACE_FROZEN:
        ATTNDYN_TRY(leading(ctx, g, m, n, A, &to));
        break;
    case ATTNDYN_SUBSPACE_RANDOMISED:
        ATTNDYN_TRY(randomised(ctx, g, A, &to));
        break;
    case ATTNDYN_SUBSPACE_WARM:
        ATTNDYN_TRY(warm(ctx, g, A, &to));
        break;
    case ATTNDYN_SUBSPACE_RANDOM:
        ATTNDYN_TRY(random_directions(ctx, g, &to));
        break;
    }
    if (g->updates > 0 && g->options.moments == ATTNDYN_MOMENTS_ROTATED)
        ATTNDYN_TRY(rotated(ctx, g, &to));
    for (size_t i = 0; g->P && i < m * r; i++) g->P[i] = (attndyn_real)to.u[i];
    for (size_t i = 0; g->Q && i < r * n; i++) g->Q[i] = (attndyn_real)to.vt[i];
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_galore_renew(struct attndyn_context *ctx, struct attndyn_galore *g,
                                         const attndyn_real *G) {
    const uint64_t mark = attndyn_memory_mark(ctx);
    enum attndyn_status status = renew(ctx, g, G);
    attndyn_memory_release(ctx, mark);
    return status;
}
