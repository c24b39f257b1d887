#include "previous.h"

#include <math.h>
#include <string.h>

struct point {
    double *p, *q;           /* (R) */
    double x, h, slope, far; /* far: sum of pi e^p over the far buckets, times e^-largest */
    double largest;
};

static void point_at(const struct attndyn_previous *m, const double *y, struct point *o) {
    o->p = m->work, o->q = o->p + m->R;
    o->largest = -INFINITY, o->far = 0;
    for (size_t r = 0; r < m->R; r++) {
        o->p[r] = 0;
        for (size_t k = 0; k < m->P; k++) o->p[r] += m->Phi[r * m->P + k] * y[1 + k];
        if (r != m->near) o->largest = fmax(o->largest, o->p[r]);
    }
    for (size_t r = 0; r < m->R; r++) {
        o->q[r] = r == m->near ? 0 : m->share[r] * exp(o->p[r] - o->largest);
        o->far += o->q[r];
    }
    for (size_t r = 0; r < m->R; r++) o->q[r] /= o->far;
    double K = (double)m->K;
    o->x = K * m->share[m->near] * exp(o->p[m->near] - o->largest) / o->far;
    double root = hypot(o->x + 1, sqrt(K - 1));
    o->h = o->x / root;
    o->slope = o->h * (o->x + K) / (root * root); /* dh/d ln x */
}

static int rhs(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_previous *m = user;
    struct point o;
    point_at(m, y, &o);
    double others = (double)m->K - 1, u = y[0] * o.h;
    double share = exp(-u) / (1 + others * exp(-u)); /* delta/(K-1) */
    memset(dy, 0, m->n * sizeof *dy);
    dy[0] = m->options.eta_y * share * o.h;
    double pull = m->options.eta_p * others * share * y[0] * o.slope;
    for (size_t r = 0; r < m->R; r++)
        for (size_t k = 0; k < m->P; k++)
            dy[1 + k] += pull * m->Phi[r * m->P + k] * ((r == m->near) - o.q[r]);
    for (size_t k = 0; k < m->n; k++)
        if (!isfinite(dy[k])) return 1;
    return 0;
}

void attndyn_previous_see(const struct attndyn_previous *m, const double *y, double *p,
                          struct attndyn_previous_seen *seen) {
    struct point o;
    point_at(m, y, &o);
    double K = (double)m->K, others = K - 1;
    seen->x = o.x;
    seen->gap = y[0] * o.h;
    seen->delta = others * exp(-seen->gap) / (1 + others * exp(-seen->gap));
    seen->loss = log1p(others * exp(-seen->gap));
    seen->attention = o.x / (o.x + K);
    seen->mean_distance = 0;
    for (size_t r = 0; r < m->R; r++) seen->mean_distance += (double)(r + 1) * o.q[r];
    if (p) memcpy(p, o.p, m->R * sizeof *p);
}

enum attndyn_status attndyn_previous_create(struct attndyn_context *ctx, size_t K, size_t R,
                                            size_t near, const double *share,
                                            const struct attndyn_positions_options *options,
                                            struct attndyn_previous **model) {
    if (K < 2 || R < 2 || near >= R)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "the previous-token head needs two classes, two buckets and the answer in "
            "one of them, not K = %zu, R = %zu, bucket %zu",
            K, R, near + 1);
    ATTNDYN_TRY(attndyn_positions_check(ctx, options));
    struct attndyn_previous *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->K = K, m->R = R, m->near = near;
    m->options = *options;
    m->P = attndyn_position_parameters(options, R);
    m->n = 1 + m->P;
    ATTNDYN_ALLOC(ctx, m->share, R);
    ATTNDYN_ALLOC(ctx, m->Phi, R * m->P);
    ATTNDYN_ALLOC(ctx, m->work, 2 * R);
    for (size_t r = 0; r < R; r++) {
        m->share[r] = share ? share[r] : 1 / (double)R;
        if (!(m->share[r] > 0))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "the share of bucket %zu must be above 0",
                                r + 1);
    }
    attndyn_position_code(options, R, m->Phi);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}
