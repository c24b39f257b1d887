#include "reduced.h"

#include "reduced_rates.h"

#include <math.h>
#include <string.h>

/* eta_Y delta/K = d sigma/dt where the clock is t, else 1: what turns rates per sigma into dy/dx.
 */
static double pace(const struct attndyn_reduced *m, const struct attndyn_reduced_point *o) {
    if (m->options.clock == ATTNDYN_REDUCED_SIGMA) return 1;
    return m->options.eta_y / (double)m->K * attndyn_reduced_delta(o->gap);
}

static int rhs(double x, const double *y, double *dydx, void *user) {
    const struct attndyn_reduced *m = user;
    struct attndyn_reduced_point o;
    attndyn_reduced_point_at(m, x, y, &o);
    attndyn_reduced_rates(m, y, &o, dydx);
    double c = pace(m, &o);
    bool finite = true;
    for (size_t i = 0; i < m->n; i++) finite = isfinite(dydx[i] *= c) && finite;
    return finite ? 0 : 1; /* a trial step too far: ask for a smaller one */
}

/* J v at a point whose rates are known. */
static void times(const struct attndyn_reduced *m, const double *y,
                  const struct attndyn_reduced_point *o, const double *rates, const double *v,
                  double *jv) {
    struct attndyn_reduced_point d;
    bool in_t = m->options.clock == ATTNDYN_REDUCED_T;
    attndyn_reduced_tangent(m, y, o, in_t ? v[m->at_time] : 0, v, &d);
    attndyn_reduced_rates_tangent(m, y, o, v, &d, jv);
    if (!in_t) return;
    double c = pace(m, o), dc = -c * (1 - attndyn_reduced_delta(o->gap)) * d.gap;
    for (size_t i = 0; i < m->n; i++) jv[i] = c * jv[i] + dc * rates[i];
}

static int jacobian_times(double x, const double *y, const double *v, double *jv, void *user) {
    const struct attndyn_reduced *m = user;
    struct attndyn_reduced_point o;
    double *rates = m->work + 4 * (m->D + m->G);
    attndyn_reduced_point_at(m, x, y, &o);
    attndyn_reduced_rates(m, y, &o, rates);
    times(m, y, &o, rates, v, jv);
    return 0;
}

static int jacobian(double x, const double *y, double *j, void *user) {
    const struct attndyn_reduced *m = user;
    struct attndyn_reduced_point o;
    double *rates = m->work + 4 * (m->D + m->G), *unit = rates + m->n;
    attndyn_reduced_point_at(m, x, y, &o);
    attndyn_reduced_rates(m, y, &o, rates);
    memset(unit, 0, m->n * sizeof *unit);
    for (size_t i = 0; i < m->n; i++) {
        unit[i] = 1;
        times(m, y, &o, rates, unit, j + i * m->n);
        unit[i] = 0;
    }
    return 0;
}

static enum attndyn_status validate(struct attndyn_context *ctx,
                                    const struct attndyn_symmetric_family *family,
                                    const struct attndyn_reduced_options *options) {
    if (family->classes < 2)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the reduced model needs at least 2 classes, not %zu: with one there "
                            "is nothing to learn",
                            family->classes);
    if (family->columns < family->classes)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%zu decoder columns cannot hold %zu classes",
                            family->columns, family->classes);
    if (family->distinct < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the reduced model needs at least one distinct token per class");
    if (options->kind == ATTNDYN_REDUCED_QSD && family->columns > family->classes)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the quasi-static decoder is defined for columns = next (V = K = %zu), "
                            "not for V = %zu",
                            family->classes, family->columns);
    if (!(options->eta_y > 0) || !isfinite(options->eta_y) || !(options->eta_z >= 0) ||
        !isfinite(options->eta_z))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "learning rates must be finite with eta_y > 0 and eta_z >= 0, not "
                            "eta_y = %g, eta_z = %g",
                            options->eta_y, options->eta_z);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_reduced_create(struct attndyn_context *ctx,
                                           const struct attndyn_symmetric_family *family,
                                           const struct attndyn_reduced_options *options,
                                           struct attndyn_reduced **model) {
    ATTNDYN_TRY(validate(ctx, family, options));
    struct attndyn_reduced *m;
    ATTNDYN_ALLOC(ctx, m, 1);
    m->options = *options;
    m->K = family->classes;
    m->N = family->classes_per_last;
    m->V = family->columns;
    m->D = family->distinct;
    m->G = family->commons;
    m->p = family->p;
    m->q = family->q;
    double K = (double)m->K;
    m->lambda = options->eta_z / options->eta_y * (options->visit_rate ? K : 1);
    m->rho = m->lambda * K / (K - 1);

    bool wide = m->V > m->K;
    m->length_a = options->kind == ATTNDYN_REDUCED_QSD ? 0 : m->D;
    m->length_b = wide ? m->D : 0;
    m->length_e = wide ? m->G : 0;
    m->at_a = 0;
    m->at_b = m->at_a + m->length_a;
    m->at_e = m->at_b + m->length_b;
    m->at_z = m->at_e + m->length_e;
    m->at_w = m->at_z + m->D;
    m->at_B = m->at_w + m->G;
    m->at_time = m->at_B + 1;
    m->n = m->at_time + 1;
    /* point, tangent (force and direction each), then rates and a direction of the state */
    ATTNDYN_ALLOC(ctx, m->work, 4 * (m->D + m->G) + 2 * m->n);
    m->problem = (struct attndyn_ode_problem){
        .n = m->n, .rhs = rhs, .jacobian = jacobian, .jacobian_times = jacobian_times, .user = m};
    *model = m;
    return ATTNDYN_OK;
}
