#include "compete.h"

#include "../rates.h"

#include <math.h>
#include <string.h>

enum {
    Y = ATTNDYN_COMPETE_Y,
    Z_D = ATTNDYN_COMPETE_Z_D,
    Z_C = ATTNDYN_COMPETE_Z_C,
    P = ATTNDYN_COMPETE_P
};

struct point {
    double *q_d, *q_c; /* (R) */
    double f_d, f_c, odds, gap;
};

static void point_at(const struct attndyn_compete *m, const double *y, struct point *o) {
    double largest = -INFINITY, d = 0, c = 0;
    o->q_d = m->work, o->q_c = o->q_d + m->R;
    for (size_t r = 0; r < m->R; r++) largest = fmax(largest, y[P + r]);
    for (size_t r = 0; r < m->R; r++) {
        double weight = m->share[r] * exp(y[P + r] - largest);
        d += o->q_d[r] = weight * (1 - m->commons[r]);
        c += o->q_c[r] = weight * m->commons[r];
    }
    for (size_t r = 0; r < m->R; r++) o->q_d[r] /= d, o->q_c[r] /= c;
    o->odds = log(d / c) + y[Z_D] - y[Z_C];
    /* f = (e^odds, 1) normalised, from the side that does not overflow */
    double e = exp(-fabs(o->odds)), root = sqrt(1 + e * e);
    o->f_d = o->odds > 0 ? 1 / root : e / root;
    o->f_c = o->odds > 0 ? e / root : 1 / root;
    o->gap = y[Y] * o->f_d;
}

static int rhs(double x, const double *y, double *dy, void *user) {
    (void)x;
    const struct attndyn_compete *m = user;
    const struct attndyn_compete_options *opt = &m->options;
    struct point o;
    point_at(m, y, &o);
    double others = (double)m->K - 1;
    double pace = opt->internal ? 1 : exp(-o.gap) / (1 + others * exp(-o.gap));
    double F = pace * others * y[Y] * o.f_d * o.f_c * o.f_c, K = (double)m->K;
    dy[Y] = opt->eta_y * pace * o.f_d;
    dy[Z_D] = opt->eta_z * F / K;
    dy[Z_C] = -opt->eta_z * F * (double)m->N / K;
    for (size_t r = 0; r < m->R; r++) dy[P + r] = opt->eta_p * F * (o.q_d[r] - o.q_c[r]);
    for (size_t k = 0; k < m->n; k++)
        if (!isfinite(dy[k])) return 1;
    return 0;
}

void attndyn_compete_see(const struct attndyn_compete *m, const double *y, double *q_d, double *q_c,
                         struct attndyn_compete_seen *seen) {
    struct point o;
    double *dy = m->work + 2 * m->R;
    rhs(0, y, dy, (void *)(uintptr_t)m);
    point_at(m, y, &o);
    seen->odds = o.odds;
    seen->content_rate = dy[Z_D] - dy[Z_C];
    seen->odds_rate = seen->content_rate;
    for (size_t r = 0; r < m->R; r++) seen->odds_rate += (o.q_d[r] - o.q_c[r]) * dy[P + r];
    seen->loss = log1p(((double)m->K - 1) * exp(-o.gap));
    if (q_d) memcpy(q_d, o.q_d, m->R * sizeof *q_d);
    if (q_c) memcpy(q_c, o.q_c, m->R * sizeof *q_c);
}

enum attndyn_status attndyn_compete_create(struct attndyn_context *ctx, size_t K, size_t N,
                                           size_t R, const double *share, const double *commons,
                                           const struct attndyn_compete_options *options,
                                           struct attndyn_compete **model) {
    double least = 1, most = 0, sum = 0;
    for (size_t r = 0; r < R; r++) {
        if (!(share[r] > 0) || !(commons[r] >= 0 && commons[r] <= 1))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "bucket %zu: its share must be above 0, and that of its commons in "
                                "[0, 1], not %g and %g",
                                r + 1, share[r], commons[r]);
        least = fmin(least, commons[r]), most = fmax(most, commons[r]);
        sum += share[r];
    }
    if (K < 2 || N < 1 || K % N || !(fabs(sum - 1) <= 1e-6) || !(most > 0) || !(least < 1))
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "K = %zu, N = %zu, sum of the shares %g: expected K >= 2, a multiple of N, "
            "a sum of 1, and both kinds of tokens somewhere",
            K, N, sum);
    const struct attndyn_rate rates[] = {
        {"eta_y", options->eta_y}, {"eta_z", options->eta_z}, {"eta_p", options->eta_p}, {0}};
    ATTNDYN_TRY(attndyn_rates_check(ctx, rates));
    struct attndyn_compete *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    *m = (struct attndyn_compete){.K = K,
                                  .N = N,
                                  .R = R,
                                  .n = P + R,
                                  .options = *options,
                                  .share = share,
                                  .commons = commons};
    ATTNDYN_ALLOC(ctx, m->work, 2 * R + m->n);
    m->problem = (struct attndyn_ode_problem){.n = m->n, .rhs = rhs, .user = m};
    *model = m;
    return ATTNDYN_OK;
}
