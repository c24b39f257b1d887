#include "features_fixed.h"

#include "../../num/linalg.h"

#include <math.h>

/* --- identical overlaps: own, another class's, a never-column -------------------------------- */

struct three {
    double own, other, never;
};

/* Row n of F^T Y for Q: the logits of class n. */
static struct three logits_alike(const struct attndyn_features_fixed *m, const double *q) {
    double K = (double)m->options.classes, s = m->options.overlap;
    return (struct three){q[0] + (K - 1) * s * q[1], q[1] + s * (q[0] + (K - 2) * q[1]),
                          (1 + (K - 1) * s) * q[2]};
}

/* e_n - alpha_n. */
static struct three residual_alike(const struct attndyn_features_fixed *m, const double *q) {
    double K = (double)m->options.classes, never = m->options.outputs - K;
    struct three w = logits_alike(m, q);
    double top = fmax(w.own, fmax(w.other, w.never));
    double a = exp(w.own - top), b = exp(w.other - top), c = exp(w.never - top);
    double wrong = (K - 1) * b + never * c, all = a + wrong;
    return (struct three){wrong / all, -b / all, -c / all};
}

static int rhs_alike(double x, const double *q, double *dq, void *user) {
    const struct attndyn_features_fixed *m = user;
    double K = (double)m->options.classes, s = m->options.overlap;
    struct three r = residual_alike(m, q);
    (void)x;
    if (!isfinite(r.own)) return 1;
    dq[0] = r.own, dq[1] = r.other, dq[2] = r.never;
    if (!m->options.modified) return 0;
    /* times (I + E)^-1 = (I - s/(1 + (K-1) s) 1 1^T)/(1 - s) */
    double share = s / (1 + (K - 1) * s), real = share * (r.own + (K - 1) * r.other);
    dq[0] = (r.own - real) / (1 - s);
    dq[1] = (r.other - real) / (1 - s);
    dq[2] = (1 - K * share) * r.never / (1 - s);
    return 0;
}

/* --- any Gram matrix -------------------------------------------------------------------------- */

/* e_n - alpha_n: (K + 1), the last for each never-column. */
static void residual(const struct attndyn_features_fixed *m, const double *q, size_t n, double *r) {
    size_t K = m->options.classes;
    double never = m->options.outputs - (double)K, top = -INFINITY, wrong = 0;
    for (size_t j = 0; j <= K; j++) {
        r[j] = 0;
        for (size_t k = 0; k < K; k++) r[j] += m->options.gram[n * K + k] * q[k * (K + 1) + j];
        top = fmax(top, r[j]);
    }
    for (size_t j = 0; j <= K; j++) {
        r[j] = exp(r[j] - top);
        if (j != n) wrong += j < K ? r[j] : never * r[j];
    }
    double all = wrong + r[n];
    for (size_t j = 0; j <= K; j++) r[j] = j == n ? wrong / all : -r[j] / all;
}

static int rhs(double x, const double *q, double *dq, void *user) {
    const struct attndyn_features_fixed *m = user;
    size_t K = m->options.classes, width = K + 1;
    double *r = m->options.modified ? m->work : dq;
    (void)x;
    for (size_t n = 0; n < K; n++) {
        residual(m, q, n, r + n * width);
        if (!isfinite(r[n * width])) return 1;
    }
    if (!m->options.modified) return 0;
    for (size_t n = 0; n < K; n++)
        for (size_t j = 0; j < width; j++) {
            double sum = 0;
            for (size_t k = 0; k < K; k++) sum += m->inverse[n * K + k] * r[k * width + j];
            dq[n * width + j] = sum;
        }
    return 0;
}

/* --------------------------------------------------------------------------------------------- */

enum attndyn_status attndyn_features_fixed_create(struct attndyn_context *ctx,
                                                  const struct attndyn_features_fixed_options *o,
                                                  struct attndyn_features_fixed **model) {
    size_t K = o->classes;
    if (K < 2) return attndyn_fail(ctx, ATTNDYN_USAGE, "classes = %zu: expected two at least", K);
    if (!(o->outputs >= (double)K) || o->outputs != floor(o->outputs))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "outputs = %g: expected a whole number, the %zu classes at least",
                            o->outputs, K);
    if (!o->gram && !(o->overlap >= 0 && o->overlap < 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "overlap = %g: expected 0 <= overlap < 1",
                            o->overlap);
    struct attndyn_features_fixed *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->options = *o;
    m->n = 3;
    if (o->gram) {
        m->n = K * (K + 1);
        double *unit;
        ATTNDYN_ALLOC(ctx, unit, K * K);
        ATTNDYN_ALLOC(ctx, m->inverse, K * K);
        ATTNDYN_ALLOC(ctx, m->work, m->n + K + 1);
        for (size_t k = 0; k < K; k++) unit[k * K + k] = 1;
        ATTNDYN_TRY(attndyn_linear_solve(ctx, K, o->gram, K, unit, m->inverse));
    }
    m->problem =
        (struct attndyn_ode_problem){.n = m->n, .rhs = o->gram ? rhs : rhs_alike, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

double attndyn_features_fixed_alpha(const struct attndyn_features_fixed *m, const double *q,
                                    size_t n) {
    if (!m->options.gram) return 1 - residual_alike(m, q).own;
    double *r = m->work + m->n;
    residual(m, q, n, r);
    return 1 - r[n];
}

void attndyn_features_fixed_force(const struct attndyn_features_fixed *m, const double *q, size_t n,
                                  double *coefficient) {
    size_t K = m->options.classes;
    double count = (double)K, never = m->options.outputs - count;
    if (!m->options.gram) {
        struct three r = residual_alike(m, q);
        double common = never * q[2] * r.never;
        coefficient[0] = q[0] * r.own + (count - 1) * q[1] * r.other + common;
        coefficient[1] = q[1] * r.own + (q[0] + (count - 2) * q[1]) * r.other + common;
        return;
    }
    double *r = m->work + m->n;
    residual(m, q, n, r);
    for (size_t k = 0; k < K; k++) {
        const double *row = q + k * (K + 1);
        coefficient[k] = never * row[K] * r[K];
        for (size_t j = 0; j < K; j++) coefficient[k] += row[j] * r[j];
    }
}
