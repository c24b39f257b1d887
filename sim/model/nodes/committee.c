#include "committee.h"

#include <math.h>

static double dot(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static int rhs(double t, const double *v, double *dv, void *user) {
    (void)t;
    const struct attndyn_committee *m = user;
    bool finite = true;
    for (size_t k = 0; k < m->K; k++) {
        const double *own = v + k * m->C;
        double *to = dv + k * m->C;
        for (size_t c = 0; c < m->C; c++) to[c] = m->S[c] * own[c] * own[c];
        for (size_t j = 0; j < m->K && m->joint; j++) {
            const double *other = v + j * m->C;
            double overlap = dot(m->C, own, other);
            for (size_t c = 0; c < m->C; c++) to[c] -= overlap * overlap * other[c];
        }
        for (size_t c = 0; c < m->C; c++) finite = isfinite(to[c] *= 3) && finite;
    }
    return finite ? 0 : 1;
}

static int escape(double t, const double *v, double *g, void *user) {
    (void)t;
    const struct attndyn_committee *m = user;
    double most = -INFINITY;
    for (size_t i = 0; i < m->K * m->C; i++) most = fmax(most, v[i]);
    g[0] = most - m->escaped;
    return 0;
}

enum attndyn_status attndyn_committee_create(struct attndyn_context *ctx, size_t K, size_t C,
                                             const double *S, bool joint,
                                             struct attndyn_committee **model) {
    if (K < 1 || C < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a committee needs nodes and latents, not %zu and %zu", K, C);
    for (size_t c = 0; c < C; c++)
        if (!(S[c] > 0) || !isfinite(S[c]))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "the strength of latent %zu must be positive and finite, not %g", c,
                                S[c]);
    struct attndyn_committee *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    *m = (struct attndyn_committee){.K = K, .C = C, .S = S, .joint = joint, .escaped = INFINITY};
    m->problem = (struct attndyn_ode_problem){
        .n = K * C, .rhs = rhs, .events = 1, .event = escape, .user = m};
    *model = m;
    return ATTNDYN_OK;
}

double attndyn_committee_loss(const struct attndyn_committee *m, const double *v) {
    double loss = 0;
    for (size_t c = 0; c < m->C; c++) loss += m->S[c] * m->S[c] / 2;
    for (size_t k = 0; k < m->K; k++) {
        const double *own = v + k * m->C;
        for (size_t c = 0; c < m->C; c++) loss -= m->S[c] * own[c] * own[c] * own[c];
        for (size_t j = 0; j < m->K; j++) {
            double overlap = dot(m->C, own, v + j * m->C);
            loss += overlap * overlap * overlap / 2;
        }
    }
    return loss;
}

size_t attndyn_committee_found(const struct attndyn_committee *m, const double *v,
                               double *strength) {
    size_t found = 0;
    for (size_t c = 0; c < m->C; c++) {
        double sum = 0;
        for (size_t k = 0; k < m->K; k++) {
            double x = v[k * m->C + c];
            sum += x * x * x;
        }
        if (strength) strength[c] = sum / m->S[c];
        found += sum >= m->S[c] / 2;
    }
    return found;
}
