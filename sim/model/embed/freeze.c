#include "freeze.h"

#include "../../num/ode_until.h"

#include <math.h>
#include <string.h>

enum {
    SPREAD = ATTNDYN_FREEZE_SPREAD,
    MEAN = ATTNDYN_FREEZE_MEAN_0,
    COMMON = ATTNDYN_FREEZE_COMMON_0,
    W = ATTNDYN_FREEZE_W,
    CLOCK = ATTNDYN_FREEZE_B
};
static const double frozen_at = 1e-13;

enum attndyn_status attndyn_freeze_check(struct attndyn_context *ctx,
                                         const struct attndyn_freeze *m) {
    if (!(m->classes >= 2) || !isfinite(m->classes))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the freeze needs at least 2 classes, not %g: with one there is "
                            "nothing to learn",
                            m->classes);
    if (!(m->common > 0 && m->common < 1))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the common token's probability must lie between 0 and 1 (both "
                            "excluded), not %g",
                            m->common);
    if (!(m->ratio > 0) || !isfinite(m->ratio))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "eta_u/eta_z must be positive and finite, not %g: with fixed "
                            "embeddings attention does not freeze",
                            m->ratio);
    return ATTNDYN_OK;
}

void attndyn_freeze_start(const struct attndyn_freeze *m, double *y) {
    memset(y, 0, ATTNDYN_FREEZE_STATES * sizeof *y);
    y[SPREAD] = 1;
    y[MEAN] = 1 / sqrt(m->classes);
    y[COMMON + 1] = 1;
}

static double dot(const double *a, const double *b) {
    return a[0] * b[0] + a[1] * b[1];
}

void attndyn_freeze_see(const struct attndyn_freeze *m, const double *y,
                        struct attndyn_freeze_seen *o) {
    double K = m->classes, simplex = (K - 1) / K;
    /* c_c/c_d = P e^w/((1-P) e^(-w/K)) */
    double odds = m->common / (1 - m->common) * exp(y[W] * (1 + 1 / K));
    o->c_d = 1 / (1 + odds);
    o->c_c = odds / (1 + odds);
    for (int i = 0; i < 2; i++) o->h[i] = o->c_d * y[MEAN + i] + o->c_c * y[COMMON + i];
    double a = o->c_d * y[SPREAD], h2 = dot(o->h, o->h);
    o->class_sum = sqrt(h2) / a;
    o->v2 = a * a * simplex + h2;
    o->cosine = (h2 - a * a / K) / o->v2;
    o->norm2_d = dot(y + MEAN, y + MEAN) + y[SPREAD] * y[SPREAD] * simplex;
    o->norm2_c = dot(y + COMMON, y + COMMON);
    double pull = (K - 1) * o->c_c * o->c_c;
    o->clock_rate = (m->ratio * (o->c_d * o->c_d * simplex + pull) + pull * o->norm2_c) / o->v2;
}

/* The orbit's rates while b moves at db; the entry of the clock is the caller's. */
static int rates(const struct attndyn_freeze *m, const struct attndyn_freeze_seen *seen,
                 const double *y, double db, double *dy) {
    const struct attndyn_freeze_seen o = *seen;
    double K = m->classes, simplex = (K - 1) / K, x = db / o.v2;
    dy[SPREAD] = m->ratio * dot(o.h, o.h) / y[SPREAD] * x;
    for (int i = 0; i < 2; i++) {
        dy[MEAN + i] = -m->ratio * o.c_d * o.h[i] * simplex * x;
        dy[COMMON + i] = -m->ratio * (K - 1) * o.c_c * o.h[i] * x;
    }
    dy[W] = -(K - 1) * o.c_c * dot(o.h, y + COMMON) * x;
    for (int i = 0; i < ATTNDYN_FREEZE_STATES; i++)
        if (!isfinite(dy[i])) return 1; /* a trial step too far: ask for a smaller one */
    return 0;
}

static int rhs(double tau, const double *y, double *dy, void *user) {
    (void)tau;
    struct attndyn_freeze_seen o;
    attndyn_freeze_see(user, y, &o);
    dy[CLOCK] = 1 / o.clock_rate;
    return rates(user, &o, y, dy[CLOCK], dy);
}

static double gap(const struct attndyn_freeze_seen *o, const double *y) {
    return y[CLOCK] * o->c_d * y[SPREAD] / sqrt(o->v2);
}

static int rhs_in_time(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_freeze_timed *timed = user;
    struct attndyn_freeze_seen o;
    attndyn_freeze_see(&timed->model, y, &o);
    /* delta/(K-1) = 1/(K-1 + e^gap) */
    double share = o.c_d * y[SPREAD] / sqrt(o.v2), others = timed->model.classes - 1;
    double pace = share / (others + exp(gap(&o, y)));
    dy[CLOCK] = timed->eta_b * pace;
    return rates(&timed->model, &o, y, timed->eta_z * y[CLOCK] * pace, dy);
}

struct attndyn_ode_problem attndyn_freeze_timed_problem(const struct attndyn_freeze_timed *timed) {
    return (struct attndyn_ode_problem){
        .n = ATTNDYN_FREEZE_STATES, .rhs = rhs_in_time, .user = (void *)(uintptr_t)timed};
}

double attndyn_freeze_timed_loss(const struct attndyn_freeze_timed *timed, const double *y) {
    struct attndyn_freeze_seen o;
    attndyn_freeze_see(&timed->model, y, &o);
    return log1p((timed->model.classes - 1) * exp(-gap(&o, y)));
}

static int frozen(double tau, const double *y, double *g, void *user) {
    (void)tau;
    struct attndyn_freeze_seen o;
    attndyn_freeze_see(user, y, &o);
    g[0] = log(o.class_sum / frozen_at);
    return isfinite(g[0]) ? 0 : 1;
}

struct attndyn_ode_problem attndyn_freeze_problem(const struct attndyn_freeze *model) {
    return (struct attndyn_ode_problem){.n = ATTNDYN_FREEZE_STATES,
                                        .rhs = rhs,
                                        .events = 1,
                                        .event = frozen,
                                        .user = (void *)(uintptr_t)model};
}

struct attndyn_ode_options attndyn_freeze_defaults(void) {
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    options.rtol = 1e-13;
    /* Purely relative, as limits may be tiny: w ends near -1/ratio where embeddings learn fast and
     * near -P^2 K where commons are rare, u_c near c_d/c_c where they are nearly all. */
    options.atol = 1e-60;
    return options;
}

enum attndyn_status attndyn_freeze_limit(struct attndyn_context *ctx,
                                         const struct attndyn_freeze *model,
                                         const struct attndyn_ode_options *options, double *y,
                                         double *tau, struct attndyn_ode_statistics *statistics) {
    ATTNDYN_TRY(attndyn_freeze_check(ctx, model));
    attndyn_freeze_start(model, y);
    struct attndyn_ode_problem problem = attndyn_freeze_problem(model);
    double end;
    const struct attndyn_ode_observer observer = attndyn_ode_until(&end);
    const double horizon = 1e6;
    ATTNDYN_TRY(
        attndyn_ode_solve(ctx, &problem, options, 0, y, &horizon, 1, &observer, statistics));
    if (isnan(end))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "the class vectors' mean did not die out by tau = %g (classes = %g, "
                            "common = %g, ratio = %g): nearer to the family's edge than a double "
                            "can follow",
                            horizon, model->classes, model->common, model->ratio);
    if (tau) *tau = end;
    return ATTNDYN_OK;
}
