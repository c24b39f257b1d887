#include "sink.h"

#include <math.h>

enum { Z = ATTNDYN_SINK_Z, V = ATTNDYN_SINK_V };

enum attndyn_status attndyn_sink_check(struct attndyn_context *ctx, const struct attndyn_sink *m) {
    if (m->eta_z > 0 && m->eta_v >= 0 && m->s2 > 0 && isfinite(m->eta_z + m->eta_v + m->s2))
        return ATTNDYN_OK;
    return attndyn_fail(
        ctx, ATTNDYN_USAGE,
        "a sink needs finite eta_z > 0, eta_v >= 0 and variance > 0, not %g, %g, %g", m->eta_z,
        m->eta_v, m->s2);
}

/* c and 1 - c, each without a rounding of the other. */
static void attention(double z, double *c, double *rest) {
    double e = exp(-fabs(z)), one = 1 / (1 + e);
    *c = z > 0 ? one : e * one;
    *rest = z > 0 ? e * one : one;
}

static int rhs(double t, const double *y, double *dy, void *user) {
    (void)t;
    const struct attndyn_sink *m = user;
    double c, rest, v2 = y[V] * y[V];
    attention(y[Z], &c, &rest);
    dy[Z] = -m->eta_z * (c * v2 - rest * m->s2) * c * rest;
    dy[V] = -m->eta_v * c * c * y[V];
    return isfinite(dy[Z]) && isfinite(dy[V]) ? 0 : 1;
}

struct attndyn_ode_problem attndyn_sink_problem(const struct attndyn_sink *model) {
    return (struct attndyn_ode_problem){
        .n = ATTNDYN_SINK_STATES, .rhs = rhs, .user = (void *)(uintptr_t)model};
}

double attndyn_sink_loss(const struct attndyn_sink *m, const double *y) {
    double c, rest;
    attention(y[Z], &c, &rest);
    return (c * c * y[V] * y[V] + rest * rest * m->s2) / 2;
}
