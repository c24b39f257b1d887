#include "rank.h"

#include "../num/blas.h"
#include "../num/linalg.h"
#include "entropy.h"

#include <math.h>

double attndyn_stable_rank_of(size_t k, const double *s) {
    double top = 0, sum = 0;
    for (size_t i = 0; i < k; i++) top = fmax(top, s[i]);
    if (!(top > 0)) return NAN;
    for (size_t i = 0; i < k; i++) sum += (s[i] / top) * (s[i] / top);
    return sum;
}

double attndyn_effective_rank_of(size_t k, const double *s) {
    return exp(attndyn_entropy(k, s));
}

static enum attndyn_status zero_matrix(struct attndyn_context *ctx, size_t m, size_t n) {
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                        "the rank of a zero (%zu, %zu) matrix is undefined: observe it later", m,
                        n);
}

static enum attndyn_status from_values(struct attndyn_context *ctx, size_t m, size_t n,
                                       const double *a, double (*of)(size_t, const double *),
                                       double *rank) {
    size_t k = m < n ? m : n;
    double *s;
    ATTNDYN_ALLOC(ctx, s, k);
    enum attndyn_status status = attndyn_svd(ctx, m, n, a, s, NULL, NULL);
    *rank = status == ATTNDYN_OK ? of(k, s) : NAN;
    attndyn_free(ctx, s);
    ATTNDYN_TRY(status);
    return isnan(*rank) ? zero_matrix(ctx, m, n) : ATTNDYN_OK;
}

enum attndyn_status attndyn_stable_rank(struct attndyn_context *ctx, size_t m, size_t n,
                                        const double *a, double *rank) {
    return from_values(ctx, m, n, a, attndyn_stable_rank_of, rank);
}

enum attndyn_status attndyn_effective_rank(struct attndyn_context *ctx, size_t m, size_t n,
                                           const double *a, double *rank) {
    return from_values(ctx, m, n, a, attndyn_effective_rank_of, rank);
}

enum attndyn_status attndyn_stable_rank_iterative(struct attndyn_context *ctx, size_t m, size_t n,
                                                  const double *a, double tolerance, double *rank) {
    double norm;
    *rank = NAN;
    ATTNDYN_TRY(attndyn_spectral_norm(ctx, m, n, a, tolerance > 0 ? tolerance : 1e-10, 0, &norm));
    if (!(norm > 0)) return zero_matrix(ctx, m, n);
    double ratio = attndyn_norm(m * n, a) / norm;
    *rank = ratio * ratio;
    return ATTNDYN_OK;
}
