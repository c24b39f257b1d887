#include "equation_10.h"

#include "../../num/blas.h"

#include <math.h>
#include <string.h>

/* f of every entry. */
static void features(const struct attndyn_equation_10 *m, const double *z) {
    const struct attndyn_distribution *d = m->distribution;
    for (size_t n = 0; n < d->classes; n++) {
        double top = -INFINITY, square = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            top = fmax(top, z[m->layout->entry_z[e]]);
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            m->f[e] = d->probability[e] * exp(z[m->layout->entry_z[e]] - top);
            square += m->f[e] * m->f[e];
        }
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) m->f[e] /= sqrt(square);
    }
}

static int rhs(double x, const double *y, double *dy, void *user) {
    const struct attndyn_equation_10 *m = user;
    const struct attndyn_distribution *d = m->distribution;
    size_t K = d->classes, M = d->tokens;
    double *dense = m->work, *gram = dense + K * M, *factors = gram + K * K,
           *inverse = factors + K * K, *pull = inverse + K * K;
    features(m, y);
    memset(dense, 0, K * M * sizeof *dense);
    for (size_t n = 0; n < K; n++)
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) dense[n * M + d->token[e]] = m->f[e];
    for (size_t n = 0; n < K; n++)
        for (size_t k = 0; k < K; k++) {
            double sum = 0;
            for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
                sum += m->f[e] * dense[k * M + d->token[e]];
            gram[n * K + k] = factors[n * K + k] = sum;
            inverse[n * K + k] = n == k;
        }
    if (attndyn_lu_factor(K, factors, m->pivots) != 0) return 1;
    attndyn_lu_solve(K, factors, m->pivots, K, inverse); /* symmetric: rows are columns */
    memset(dy, 0, m->n * sizeof *dy);
    double scale = exp(x);
    for (size_t n = 0; n < K; n++) {
        /* sum_{n' != n} beta_nn' f_n', and its product with f_n */
        double along = 0;
        memset(pull, 0, M * sizeof *pull);
        for (size_t k = 0; k < K; k++) {
            double beta = -inverse[n * K + k];
            if (k == n) continue;
            along += beta * gram[n * K + k];
            for (size_t e = d->start[k]; e < d->start[k + 1]; e++)
                pull[d->token[e]] += beta * m->f[e];
        }
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            dy[m->layout->entry_z[e]] += scale * m->f[e] * (m->f[e] * along - pull[d->token[e]]);
        dy[m->at_B + n] = scale * along;
        if (!isfinite(dy[m->at_B + n])) return 1;
    }
    return 0;
}

enum attndyn_status attndyn_equation_10_create(struct attndyn_context *ctx,
                                               const struct attndyn_distribution *d,
                                               struct attndyn_equation_10 **model) {
    struct attndyn_equation_10 *m;
    struct attndyn_flow *layout;
    const struct attndyn_flow_options options = {.eta_y = 1, .eta_z = 1};
    size_t K = d->classes;
    ATTNDYN_ALLOC(ctx, m, 1);
    ATTNDYN_TRY(attndyn_flow_create(ctx, d, &options, &layout));
    m->distribution = d;
    m->layout = layout;
    m->at_B = layout->n - layout->z_at;
    m->n = m->at_B + K;
    ATTNDYN_ALLOC(ctx, m->f, d->start[K]);
    ATTNDYN_ALLOC(ctx, m->work, K * d->tokens + 3 * K * K + d->tokens);
    ATTNDYN_ALLOC(ctx, m->pivots, K);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

/* --- the symmetric family ----------------------------------------------------------------------
 */

double attndyn_equation_10_share(const struct attndyn_equation_10_alike *m, const double *y,
                                 double *own) {
    const struct attndyn_symmetric_family *family = m->family;
    size_t D = family->distinct, G = family->commons;
    double top = -INFINITY, distinct = 0, common = 0;
    for (size_t i = 0; i < D + G; i++) top = fmax(top, y[i]);
    for (size_t j = 0; j < D; j++) distinct += pow(family->p[j] * exp(y[j] - top), 2);
    for (size_t g = 0; g < G; g++) common += pow(family->q[g] * exp(y[D + g] - top), 2);
    *own = distinct / (distinct + common);
    return common / (distinct + common);
}

static int rhs_alike(double x, const double *y, double *dy, void *user) {
    const struct attndyn_equation_10_alike *m = user;
    const struct attndyn_symmetric_family *family = m->family;
    size_t D = family->distinct, G = family->commons;
    double K = (double)family->classes, N = (double)family->classes_per_last, own, top = -INFINITY;
    double s = attndyn_equation_10_share(m, y, &own), square = 0;
    double beta = s / own / (1 + (K - 1) * s), rate = exp(x) * (K - 1) * beta;
    for (size_t i = 0; i < D + G; i++) top = fmax(top, y[i]);
    for (size_t i = 0; i < D + G; i++) {
        dy[i] = pow((i < D ? family->p[i] : family->q[i - D]) * exp(y[i] - top), 2);
        square += dy[i];
    }
    for (size_t i = 0; i < D + G; i++) dy[i] *= rate * (i < D ? s : -N * own) / square;
    dy[D + G] = rate * s;
    return isfinite(dy[D + G]) ? 0 : 1;
}

enum attndyn_status attndyn_equation_10_alike_create(struct attndyn_context *ctx,
                                                     const struct attndyn_symmetric_family *family,
                                                     struct attndyn_equation_10_alike **model) {
    struct attndyn_equation_10_alike *m;
    if (family->classes < 2 || family->distinct < 1 || family->commons < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "Eq. 10 needs two classes, a distinct and a common token at least, not "
                            "%zu, %zu and %zu",
                            family->classes, family->distinct, family->commons);
    ATTNDYN_ALLOC(ctx, m, 1);
    m->family = family;
    m->n = family->distinct + family->commons + 1;
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs_alike, .user = m};
    *model = m;
    return ATTNDYN_OK;
}
