#include "linalg.h"

#include "blas.h"

#include <float.h>
#include <math.h>
#include <string.h>

static enum attndyn_status lapack_status(struct attndyn_context *ctx, int info, const char *what,
                                         size_t m, size_t n) {
    if (info == 0) return ATTNDYN_OK;
    if (info == ATTNDYN_LAPACK_MEMORY) return ATTNDYN_NO_MEMORY;
    if (info < 0)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "%s of a (%zu, %zu) matrix: LAPACK refused argument %d (are all "
                            "entries finite?)",
                            what, m, n, -info);
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                        "%s of a (%zu, %zu) matrix does not converge (info %d): are all entries "
                        "finite and well scaled?",
                        what, m, n, info);
}

/* Row-major a is column-major a^T = v diag(s) u^T: LAPACK's left factor is our vt, as it lies. */
enum attndyn_status attndyn_svd(struct attndyn_context *ctx, size_t m, size_t n, const double *a,
                                double *s, double *u, double *vt) {
    double *copy;
    if (m == 0 || n == 0) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, copy, m * n);
    memcpy(copy, a, m * n * sizeof *copy);
    int info = attndyn_lapack_svd(ctx, n, m, copy, s, vt, u);
    attndyn_free(ctx, copy);
    if (info == 0 && !(s[0] <= DBL_MAX)) info = 1; /* LAPACK does not report NaN */
    return lapack_status(ctx, info, "singular value decomposition", m, n);
}

enum attndyn_status attndyn_eigen_symmetric(struct attndyn_context *ctx, size_t n, const double *a,
                                            double *values, double *vectors) {
    double *work = vectors;
    if (n == 0) return ATTNDYN_OK;
    if (!work) ATTNDYN_ALLOC(ctx, work, n * n);
    memcpy(work, a, n * n * sizeof *work);
    int info = attndyn_lapack_eigen(ctx, n, work, values, vectors != NULL);
    if (!vectors) attndyn_free(ctx, work);
    if (info == 0 && !(fabs(values[0]) <= DBL_MAX)) info = 1;
    return lapack_status(ctx, info, "eigenvalues", n, n);
}

enum attndyn_status attndyn_linear_solve(struct attndyn_context *ctx, size_t n, const double *a,
                                         size_t count, const double *b, double *x) {
    double *factors, *columns;
    int *pivots;
    if (n == 0 || count == 0) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, factors, n * n);
    ATTNDYN_ALLOC(ctx, columns, n * count);
    ATTNDYN_ALLOC(ctx, pivots, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) factors[j * n + i] = a[i * n + j];
        for (size_t j = 0; j < count; j++) columns[j * n + i] = b[i * count + j];
    }
    int info = attndyn_lu_factor(n, factors, pivots);
    if (info == 0) {
        attndyn_lu_solve(n, factors, pivots, count, columns);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < count; j++) x[i * count + j] = columns[j * n + i];
    }
    attndyn_free(ctx, pivots);
    attndyn_free(ctx, columns);
    attndyn_free(ctx, factors);
    if (info)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "linear system of %zu unknowns is singular (pivot %d is 0)", n, info);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_orthonormal_random(struct attndyn_context *ctx,
                                               struct attndyn_random *random, size_t m, size_t n,
                                               double *q) {
    double *columns, *diagonal;
    if (m < n)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%zu orthonormal columns do not fit into %zu dimensions", n, m);
    if (n == 0) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, columns, m * n);
    ATTNDYN_ALLOC(ctx, diagonal, n);
    attndyn_random_normals(random, 1, m * n, q);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) columns[j * m + i] = q[i * n + j];
    int info = attndyn_lapack_qr(ctx, m, n, columns, diagonal);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            q[i * n + j] = diagonal[j] < 0 ? -columns[j * m + i] : columns[j * m + i];
    attndyn_free(ctx, diagonal);
    attndyn_free(ctx, columns);
    return lapack_status(ctx, info, "QR factorisation", m, n);
}

/* Removes from x its parts along the `count` rows of `basis`, twice, and normalises. Returns the
 * length that was left. */
static double orthonormalise(size_t n, size_t count, const double *basis, double *scratch,
                             double *x) {
    for (int pass = 0; pass < 2 && count; pass++) {
        attndyn_gemv(ATTNDYN_PLAIN, count, n, 1, basis, x, 0, scratch);
        attndyn_gemv(ATTNDYN_TRANSPOSED, count, n, -1, basis, scratch, 1, x);
    }
    double length = attndyn_norm(n, x);
    if (length > 0) attndyn_scale(n, 1 / length, x);
    return length;
}

/* Golub-Kahan on the tall one of a and its transpose, so that the basis of right vectors can fill
 * its space: a v_i = alpha_i u_i + beta_(i-1) u_(i-1), u^T a v upper bidiagonal. Its largest
 * singular value rises to that of a; the residual beta |last entry of the left singular vector|
 * bounds how far a singular value of a can be. */
struct lanczos {
    size_t rows, columns; /* of a as it lies */
    size_t m, n, limit;   /* m >= n: of the tall one */
    double *u, *v, *t, *scratch, *square, *singular, *left, *right;
};

static void apply(const struct lanczos *l, bool forward, const double *a, const double *x,
                  double *y) {
    bool plain = (l->rows == l->m) == forward;
    attndyn_gemv(plain ? ATTNDYN_PLAIN : ATTNDYN_TRANSPOSED, l->rows, l->columns, 1, a, x, 0, y);
}

static enum attndyn_status lanczos_iterate(struct attndyn_context *ctx, struct lanczos *l,
                                           const double *a, double tolerance, double *norm) {
    size_t m = l->m, n = l->n, k = l->limit;
    double before = 0, beta = 0;
    for (size_t i = 0; i < k; i++) {
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
        double *u = l->u + i * m, *v = l->v + i * n;
        apply(l, true, a, v, u);
        double alpha = orthonormalise(m, i, l->u, l->scratch, u);
        l->t[i * k + i] = alpha;
        if (i) l->t[(i - 1) * k + i] = beta;
        for (size_t r = 0; r <= i; r++)
            memcpy(l->square + r * (i + 1), l->t + r * k, (i + 1) * sizeof *l->t);
        ATTNDYN_TRY(attndyn_svd(ctx, i + 1, i + 1, l->square, l->singular, l->left, l->right));
        *norm = l->singular[0];
        if (i + 1 == n || *norm == 0 || !(alpha > 0)) return ATTNDYN_OK; /* an invariant space */
        double *next = l->v + (i + 1) * n;
        apply(l, false, a, u, next);
        beta = orthonormalise(n, i + 1, l->v, l->scratch, next);
        if (!(beta > *norm * DBL_EPSILON)) return ATTNDYN_OK;
        /* The norm itself must have settled too, and not in the first steps: a start nearly
         * orthogonal to the leading direction could look converged. */
        double residual = beta * fabs(l->left[i * (i + 1)]);
        if (i > 4 && residual <= tolerance * *norm && *norm - before <= tolerance * *norm)
            return ATTNDYN_OK;
        before = *norm;
    }
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                        "spectral norm of a (%zu, %zu) matrix: %zu Lanczos iterations do not reach "
                        "tolerance %g; raise them or use a decomposition",
                        l->rows, l->columns, k, tolerance);
}

enum attndyn_status attndyn_spectral_norm(struct attndyn_context *ctx, size_t rows, size_t columns,
                                          const double *a, double tolerance, size_t iterations,
                                          double *norm) {
    *norm = 0;
    if (rows == 0 || columns == 0) return ATTNDYN_OK;
    size_t m = rows > columns ? rows : columns, n = rows > columns ? columns : rows;
    size_t k = iterations ? iterations : 300;
    if (k > n) k = n;
    struct lanczos l = {.rows = rows, .columns = columns, .m = m, .n = n, .limit = k};
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_ALLOC(ctx, l.u, k * m);
    ATTNDYN_ALLOC(ctx, l.v, (k + 1) * n);
    ATTNDYN_ALLOC(ctx, l.t, k * k);
    ATTNDYN_ALLOC(ctx, l.scratch, k + 1);
    ATTNDYN_ALLOC(ctx, l.square, k * k);
    ATTNDYN_ALLOC(ctx, l.singular, k);
    ATTNDYN_ALLOC(ctx, l.left, k * k);
    ATTNDYN_ALLOC(ctx, l.right, k * k);
    uint64_t state = 0x5EED; /* the result does not depend on it beyond the tolerance */
    for (size_t j = 0; j < n; j++)
        l.v[j] = (double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-52 - 1;
    orthonormalise(n, 0, NULL, NULL, l.v);
    enum attndyn_status status = lanczos_iterate(ctx, &l, a, tolerance, norm);
    attndyn_memory_release(ctx, mark);
    return status;
}
