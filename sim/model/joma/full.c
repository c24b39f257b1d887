#include "full.h"

#include <complex.h>
#include <math.h>
#include <string.h>

/* Column c of u made orthonormal to the columns before it; twice is enough (Kahan). */
static double orthonormalise(double *u, size_t d, size_t columns, size_t c) {
    double norm = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t b = 0; b < c; b++) {
            double dot = 0;
            for (size_t a = 0; a < d; a++) dot += u[a * columns + b] * u[a * columns + c];
            for (size_t a = 0; a < d; a++) u[a * columns + c] -= dot * u[a * columns + b];
        }
        norm = 0;
        for (size_t a = 0; a < d; a++) norm += u[a * columns + c] * u[a * columns + c];
        norm = sqrt(norm);
        for (size_t a = 0; a < d; a++) u[a * columns + c] /= norm;
    }
    return norm;
}

enum attndyn_status attndyn_joma_full_create(struct attndyn_context *ctx,
                                             const struct attndyn_joma *m, size_t d,
                                             struct attndyn_random *random, const double *state,
                                             struct attndyn_joma_full *full) {
    size_t M = m->tokens, K = m->hidden, columns = M + m->queries;
    if (d < columns)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "embedding dimension %zu: %zu tokens and %zu queries need at least %zu",
                            d, M, m->queries, columns);
    *full = (struct attndyn_joma_full){.model = m, .dimension = d};
    ATTNDYN_ALLOC(ctx, full->u, d * columns);
    ATTNDYN_ALLOC(ctx, full->w, d * K);
    ATTNDYN_ALLOC(ctx, full->z, m->queries * M);
    attndyn_random_normals(random, 1, d * columns, full->u);
    attndyn_random_normals(random, 1, d * K, full->w);
    for (size_t c = 0; c < columns; c++) orthonormalise(full->u, d, columns, c);
    /* w <- w - U U^T w + U [V; xi]; V and xi lie one after the other in a state */
    for (size_t c = 0; c < columns; c++)
        for (size_t k = 0; k < K; k++) {
            double have = 0;
            for (size_t a = 0; a < d; a++) have += full->u[a * columns + c] * full->w[a * K + k];
            for (size_t a = 0; a < d; a++)
                full->w[a * K + k] += full->u[a * columns + c] * (state[c * K + k] - have);
        }
    memcpy(full->z, state + columns * K, m->queries * M * sizeof *full->z);
    return ATTNDYN_OK;
}

/* Im erf(y) needs only its first order: the arguments of a complex step have |Im y| ~ 1e-100. */
static double complex erf_near_real(double complex y) {
    return erf(creal(y)) + I * cimag(y) * M_2_SQRTPI * exp(-creal(y) * creal(y));
}

static double complex activation_of(struct attndyn_activation a, double complex y) {
    switch (a.kind) {
    case ATTNDYN_ACTIVATION_LINEAR:
        return y;
    case ATTNDYN_ACTIVATION_RELU:
        return creal(y) > 0 ? y : 0;
    case ATTNDYN_ACTIVATION_LEAKY_RELU:
        return creal(y) > 0 ? y : a.slope * y;
    case ATTNDYN_ACTIVATION_STEP:
        return creal(y) > 0 ? 1 : 0;
    case ATTNDYN_ACTIVATION_QUADRATIC:
        return y * y / 2;
    case ATTNDYN_ACTIVATION_CUBIC:
        return y * y * y / 3;
    case ATTNDYN_ACTIVATION_ERF:
        return erf_near_real(y);
    case ATTNDYN_ACTIVATION_TANH:
        return ctanh(y);
    case ATTNDYN_ACTIVATION_GELU:
        return y * (1 + erf_near_real(y * M_SQRT1_2)) / 2;
    case ATTNDYN_ACTIVATION_SILU:
        return y / (1 + cexp(-y));
    }
    return NAN;
}

static double complex attention_weight(const struct attndyn_joma *m, size_t i, size_t l,
                                       double complex z) {
    double complex e = m->attention == ATTNDYN_JOMA_LINEAR ? z : cexp(z / m->temperature);
    return m->x[i * m->tokens + l] * e;
}

/* b (M) and f (d) of sample i. */
static void embed(const struct attndyn_joma_full *full, size_t i, const double complex *z,
                  double complex *b, double complex *f) {
    const struct attndyn_joma *m = full->model;
    size_t M = m->tokens, columns = M + m->queries, query = m->query ? m->query[i] : 0;
    double complex sum = 0;
    for (size_t l = 0; l < M; l++) sum += b[l] = attention_weight(m, i, l, z[query * M + l]);
    if (m->attention != ATTNDYN_JOMA_SOFTMAX) sum = m->normaliser ? m->normaliser[i] : 1;
    for (size_t l = 0; l < M; l++) b[l] /= sum;
    for (size_t a = 0; a < full->dimension; a++) {
        f[a] = full->u[a * columns + M + query];
        for (size_t l = 0; l < M; l++) f[a] += full->u[a * columns + l] * b[l];
    }
}

enum attndyn_status attndyn_joma_full_objective(struct attndyn_context *ctx,
                                                const struct attndyn_joma_full *full,
                                                const double *along_w, const double *along_z,
                                                double *objective, double *slope) {
    const struct attndyn_joma *m = full->model;
    size_t K = m->hidden, d = full->dimension, n_z = m->queries * m->tokens;
    const double small = 1e-100;
    uint64_t mark = attndyn_memory_mark(ctx);
    double complex *b, *f, *h, *w, *z, sum = 0;
    ATTNDYN_ALLOC(ctx, b, m->tokens);
    ATTNDYN_ALLOC(ctx, f, d);
    ATTNDYN_ALLOC(ctx, h, K);
    ATTNDYN_ALLOC(ctx, w, d * K);
    ATTNDYN_ALLOC(ctx, z, n_z);
    for (size_t a = 0; a < d * K; a++) w[a] = full->w[a] + I * small * along_w[a];
    for (size_t a = 0; a < n_z; a++) z[a] = full->z[a] + I * small * along_z[a];
    for (size_t i = 0; i < m->samples; i++) {
        double complex one = 0;
        embed(full, i, z, b, f);
        for (size_t k = 0; k < K; k++) {
            double complex y = 0;
            for (size_t a = 0; a < d; a++) y += w[a * K + k] * f[a];
            h[k] = activation_of(m->activation, y);
        }
        for (size_t k = 0; k < K; k++) {
            if (m->loss == ATTNDYN_JOMA_CE)
                one += cexp(h[k] - h[m->label[i]]);
            else if (m->loss == ATTNDYN_JOMA_MSE)
                one -= (m->target[i * K + k] - h[k]) * (m->target[i * K + k] - h[k]) / 2;
            else
                one += m->target[i * K + k] * h[k];
        }
        sum += m->p[i] * (m->loss == ATTNDYN_JOMA_CE ? -clog(one) : one);
    }
    *objective = creal(sum);
    *slope = cimag(sum) / small;
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

/* Of sample i: h (K) and dy (K) = d objective/dy from y (K). */
static void backward(const struct attndyn_joma *m, size_t i, const double *y, double *h,
                     double *dy) {
    size_t K = m->hidden;
    double partition = 0;
    for (size_t k = 0; k < K; k++) {
        h[k] = attndyn_activation_value(m->activation, y[k]);
        partition += exp(h[k]);
    }
    for (size_t k = 0; k < K; k++) {
        double g;
        if (m->loss == ATTNDYN_JOMA_CE)
            g = (k == m->label[i] ? 1 : 0) - exp(h[k]) / partition;
        else if (m->loss == ATTNDYN_JOMA_MSE)
            g = m->target[i * K + k] - h[k];
        else
            g = m->target[i * K + k];
        dy[k] = m->p[i] * g * attndyn_activation_first(m->activation, y[k]);
    }
}

enum attndyn_status attndyn_joma_full_gradient(struct attndyn_context *ctx,
                                               const struct attndyn_joma_full *full, double *dw,
                                               double *dz) {
    const struct attndyn_joma *m = full->model;
    size_t M = m->tokens, K = m->hidden, d = full->dimension, columns = M + m->queries;
    uint64_t mark = attndyn_memory_mark(ctx);
    double complex *b, *f, *z;
    double *y, *h, *dy, *df;
    ATTNDYN_ALLOC(ctx, b, M);
    ATTNDYN_ALLOC(ctx, f, d);
    ATTNDYN_ALLOC(ctx, z, m->queries * M);
    ATTNDYN_ALLOC(ctx, y, K);
    ATTNDYN_ALLOC(ctx, h, K);
    ATTNDYN_ALLOC(ctx, dy, K);
    ATTNDYN_ALLOC(ctx, df, d);
    for (size_t l = 0; l < m->queries * M; l++) z[l] = full->z[l];
    memset(dw, 0, d * K * sizeof *dw);
    memset(dz, 0, m->queries * M * sizeof *dz);
    for (size_t i = 0; i < m->samples; i++) {
        size_t query = m->query ? m->query[i] : 0;
        embed(full, i, z, b, f);
        for (size_t k = 0; k < K; k++) {
            y[k] = 0;
            for (size_t a = 0; a < d; a++) y[k] += full->w[a * K + k] * creal(f[a]);
        }
        backward(m, i, y, h, dy);
        for (size_t a = 0; a < d; a++) {
            df[a] = 0;
            for (size_t k = 0; k < K; k++) {
                dw[a * K + k] += creal(f[a]) * dy[k];
                df[a] += full->w[a * K + k] * dy[k];
            }
        }
        /* dz_n += sum_l db_l/dz_n (U_C^T df)_l with the Jacobian written out */
        for (size_t l = 0; l < M; l++) {
            double db = 0, bl = creal(b[l]);
            for (size_t a = 0; a < d; a++) db += full->u[a * columns + l] * df[a];
            for (size_t n = 0; n < M; n++) {
                double same = l == n ? 1 : 0, jacobian;
                if (m->attention == ATTNDYN_JOMA_LINEAR)
                    jacobian = same * m->x[i * M + l] / (m->normaliser ? m->normaliser[i] : 1);
                else if (m->attention == ATTNDYN_JOMA_EXP)
                    jacobian = same * bl / m->temperature;
                else
                    jacobian = (same * bl - bl * creal(b[n])) / m->temperature;
                dz[query * M + n] += jacobian * db;
            }
        }
    }
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

double attndyn_joma_full_reduce(const struct attndyn_joma_full *full, const double *w,
                                const double *z, double *state) {
    const struct attndyn_joma *m = full->model;
    size_t K = m->hidden, d = full->dimension, columns = m->tokens + m->queries;
    double outside = 0;
    for (size_t c = 0; c < columns; c++)
        for (size_t k = 0; k < K; k++) {
            state[c * K + k] = 0;
            for (size_t a = 0; a < d; a++)
                state[c * K + k] += full->u[a * columns + c] * w[a * K + k];
        }
    for (size_t a = 0; a < d; a++)
        for (size_t k = 0; k < K; k++) {
            double rest = w[a * K + k];
            for (size_t c = 0; c < columns; c++)
                rest -= full->u[a * columns + c] * state[c * K + k];
            outside = fmax(outside, fabs(rest));
        }
    memcpy(state + columns * K, z, m->queries * m->tokens * sizeof *z);
    return outside;
}
