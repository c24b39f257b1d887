#include "order.h"

#include "../../num/ode_until.h"

#include <math.h>

enum { Y = ATTNDYN_ORDER_Y, X = ATTNDYN_ORDER_X };
static const double half_gap = 0.88137358701954302523; /* ln(1 + sqrt 2): ln(1+e^-u) = ln(2)/2 */

double attndyn_order_X(double eps, double pi_far) {
    /* ln((1 - pi)/pi), without a rounding of 1 - pi where the shares are nearly equal. */
    return eps + 2 * atanh(1 - 2 * pi_far);
}

enum attndyn_status attndyn_order_check(struct attndyn_context *ctx,
                                        const struct attndyn_order *m) {
    if (!(m->eta_y > 0) || !isfinite(m->eta_y) || !(m->eta_p >= 0) || !isfinite(m->eta_p))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "learning rates must be finite with eta_y > 0 and eta_p >= 0, not "
                            "eta_y = %g, eta_p = %g",
                            m->eta_y, m->eta_p);
    if (!(fabs(m->X0) <= 500))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "eps + ln(pi_near/pi_far) must lie within +-500, not %g: choose eps "
                            "smaller or the shares more alike",
                            m->X0);
    return ATTNDYN_OK;
}

void attndyn_order_see(const double *y, struct attndyn_order_seen *o) {
    /* h is odd, h' even in X: in e = e^-|X| neither overflows. */
    double e = exp(-fabs(y[X])), root = sqrt(1 + e * e);
    o->h = copysign(-expm1(-fabs(y[X])) / root, y[X]);
    o->slope = e * (1 + e) / (root * root * root);
    o->gap = y[Y] * o->h;
    /* The gap is never negative on the flow, but a trial step may look. */
    double w = exp(-fabs(o->gap));
    o->delta = (o->gap >= 0 ? w : 1) / (1 + w);
    o->loss = log1p(w) + fmax(-o->gap, 0);
}

static int rhs(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_order *m = user;
    struct attndyn_order_seen o;
    attndyn_order_see(y, &o);
    dy[Y] = m->eta_y * o.delta * o.h;
    dy[X] = 2 * m->eta_p * o.delta * y[Y] * o.slope;
    return isfinite(dy[Y]) && isfinite(dy[X]) ? 0 : 1;
}

static int half(double t, const double *y, double *g, void *user) {
    (void)t, (void)user;
    struct attndyn_order_seen o;
    attndyn_order_see(y, &o);
    g[0] = o.gap - half_gap;
    return 0;
}

struct attndyn_ode_problem attndyn_order_problem(const struct attndyn_order *model) {
    return (struct attndyn_ode_problem){.n = ATTNDYN_ORDER_STATES,
                                        .rhs = rhs,
                                        .events = 1,
                                        .event = half,
                                        .user = (void *)(uintptr_t)model};
}

struct attndyn_ode_options attndyn_order_defaults(const struct attndyn_order *m) {
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    options.rtol = 1e-13;
    /* On the plateau y ~ X sqrt(eta_y/(2 eta_p)). */
    double y_by_x = m->eta_p > 0 ? fmin(1, sqrt(m->eta_y / m->eta_p)) : 1;
    options.atol = fmax(1e-300, 1e-16 * fmin(1, fabs(m->X0)) * y_by_x);
    return options;
}

enum attndyn_status attndyn_order_half(struct attndyn_context *ctx, const struct attndyn_order *m,
                                       const struct attndyn_ode_options *options, double *t_half,
                                       double *state, struct attndyn_ode_statistics *statistics) {
    ATTNDYN_TRY(attndyn_order_check(ctx, m));
    double y[ATTNDYN_ORDER_STATES] = {0, m->X0};
    if (statistics) *statistics = (struct attndyn_ode_statistics){0};
    *t_half = INFINITY;
    if (m->X0 != 0) {
        struct attndyn_ode_problem problem = attndyn_order_problem(m);
        const struct attndyn_ode_observer observer = attndyn_ode_until(t_half);
        /* With X standing still it takes (ln(1 + sqrt 2) + sqrt 2)/(eta_y h(X0)^2): a bound, as h
         * only grows. */
        struct attndyn_order_seen start;
        attndyn_order_see(y, &start);
        double horizon = 4 / (m->eta_y * start.h * start.h);
        if (!isfinite(horizon)) horizon = 1e300;
        ATTNDYN_TRY(
            attndyn_ode_solve(ctx, &problem, options, 0, y, &horizon, 1, &observer, statistics));
        if (isnan(*t_half))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "the loss did not reach ln(2)/2 by t = %g (eta_y = %g, eta_p = %g, "
                                "X(0) = %g)",
                                horizon, m->eta_y, m->eta_p, m->X0);
    }
    if (state)
        for (int i = 0; i < ATTNDYN_ORDER_STATES; i++) state[i] = y[i];
    return ATTNDYN_OK;
}
