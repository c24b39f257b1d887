#include "bounce.h"

#include <math.h>

static double shift_of(const struct attndyn_joma_bounce *m, const double *v) {
    if (!m->normalised) return 0;
    double top = -INFINITY, sum = 0;
    for (size_t j = 0; j < m->components; j++) top = fmax(top, m->beta * v[j] * v[j]);
    for (size_t j = 0; j < m->components; j++) sum += exp(m->beta * v[j] * v[j] - top);
    return top + log(sum);
}

static int rhs(double t, const double *y, double *dydt, void *user) {
    (void)t;
    struct attndyn_joma_bounce *m = user;
    double *v = m->work;
    attndyn_joma_bounce_velocities(m, y, v);
    double shift = shift_of(m, v);
    for (size_t j = 0; j < m->components; j++) {
        double e = m->beta * v[j] * v[j] - shift;
        if (!(e <= 700)) return 1; /* a trial state far outside [v0, mu] */
        double speed = exp(e);
        dydt[j] = m->logarithmic ? speed : (m->mu[j] - v[j]) * speed;
    }
    return 0;
}

/* d speed_j = speed_j (d e_j - [normalised] sum_i speed_i d e_i), d e_j = 2 beta v_j d v_j. */
static int jacobian_times(double t, const double *y, const double *u, double *ju, void *user) {
    (void)t;
    struct attndyn_joma_bounce *m = user;
    size_t n = m->components;
    double *v = m->work, *speed = v + n, mean = 0;
    attndyn_joma_bounce_velocities(m, y, v);
    double shift = shift_of(m, v);
    for (size_t j = 0; j < n; j++) {
        double e = m->beta * v[j] * v[j] - shift;
        if (!(e <= 700)) return 1;
        speed[j] = exp(e);
        double dv = m->logarithmic ? (m->mu[j] - v[j]) * u[j] : u[j]; /* dv/dw = mu - v */
        ju[j] = 2 * m->beta * v[j] * dv;
        if (m->normalised) mean += speed[j] * ju[j];
    }
    for (size_t j = 0; j < n; j++) {
        double d_speed = speed[j] * (ju[j] - mean);
        ju[j] = m->logarithmic ? d_speed : (m->mu[j] - v[j]) * d_speed - u[j] * speed[j];
    }
    return 0;
}

static int jacobian(double t, const double *y, double *j, void *user) {
    struct attndyn_joma_bounce *m = user;
    return attndyn_ode_jacobian_by_columns(m->components, jacobian_times, t, y,
                                           m->work + 2 * m->components, j, user);
}

/* dp_j = p_j (de_j - sum p de), e = beta v^2; dH = -sum dp ln p. */
double attndyn_joma_bounce_entropy_rate(const struct attndyn_joma_bounce *m, const double *y) {
    size_t n = m->components;
    double *v = m->work, *p = v + n, mean = 0, rate = 0;
    attndyn_joma_bounce_velocities(m, y, v);
    attndyn_joma_bounce_attention(n, m->beta, v, p);
    double shift = shift_of(m, v), *de = p + n;
    for (size_t j = 0; j < n; j++) {
        double dv = (m->mu[j] - v[j]) * exp(m->beta * v[j] * v[j] - shift);
        de[j] = 2 * m->beta * v[j] * dv;
        mean += p[j] * de[j];
    }
    for (size_t j = 0; j < n; j++)
        if (p[j] > 0) rate -= p[j] * (de[j] - mean) * log(p[j]);
    return rate;
}

static int event(double t, const double *y, double *g, void *user) {
    (void)t;
    g[0] = attndyn_joma_bounce_entropy_rate(user, y);
    return 0;
}

enum attndyn_status attndyn_joma_bounce_prepare(struct attndyn_context *ctx,
                                                struct attndyn_joma_bounce *m) {
    if (m->components == 0) return attndyn_fail(ctx, ATTNDYN_USAGE, "mu needs at least one entry");
    for (size_t j = 0; j < m->components && !m->normalised; j++) {
        double top = fmax(fabs(m->mu[j]), fabs(m->v0[j]));
        if (!(m->beta * top * top <= 600))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "beta max(mu, v0)^2 = %g for component %zu: its rate overflows; "
                                "take smaller values (at most 600), or normalised attention",
                                m->beta * top * top, j);
    }
    ATTNDYN_ALLOC(ctx, m->work, 3 * m->components);
    return ATTNDYN_OK;
}

struct attndyn_ode_problem attndyn_joma_bounce_problem(struct attndyn_joma_bounce *model) {
    return (struct attndyn_ode_problem){.n = model->components,
                                        .rhs = rhs,
                                        .jacobian_times = jacobian_times,
                                        .jacobian = jacobian,
                                        .events = 1,
                                        .event = event,
                                        .user = model};
}

void attndyn_joma_bounce_start(const struct attndyn_joma_bounce *m, double *y) {
    for (size_t j = 0; j < m->components; j++) y[j] = m->logarithmic ? 0 : m->v0[j];
}

void attndyn_joma_bounce_velocities(const struct attndyn_joma_bounce *m, const double *y,
                                    double *v) {
    for (size_t j = 0; j < m->components; j++)
        v[j] = m->logarithmic ? m->v0[j] - (m->mu[j] - m->v0[j]) * expm1(-y[j]) : y[j];
}

void attndyn_joma_bounce_attention(size_t n, double beta, const double *v, double *p) {
    double top = -INFINITY, sum = 0;
    for (size_t j = 0; j < n; j++) top = fmax(top, beta * v[j] * v[j]);
    for (size_t j = 0; j < n; j++) sum += p[j] = exp(beta * v[j] * v[j] - top);
    for (size_t j = 0; j < n; j++) p[j] /= sum;
}

void attndyn_joma_bounce_euler(size_t n, const double *mu, double beta, double step, size_t steps,
                               double *v, double *p, double *entropy) {
    for (size_t i = 0; i < steps; i++) {
        attndyn_joma_bounce_attention(n, beta, v, p);
        if (entropy != NULL) {
            double h = 0;
            for (size_t j = 0; j < n; j++) h -= p[j] > 0 ? p[j] * (log(p[j]) + 1e-8) : 0;
            entropy[i] = h;
        }
        for (size_t j = 0; j < n; j++) v[j] += step * (mu[j] - v[j]) * p[j];
    }
}

void attndyn_joma_bounce_euler_single(size_t n, const float *mu, float beta_inverse, float step,
                                      size_t steps, float *v, float *p, float *entropy) {
    for (size_t i = 0; i < steps; i++) {
        float top = -INFINITY, sum = 0;
        for (size_t j = 0; j < n; j++) {
            p[j] = v[j] * v[j] / beta_inverse;
            if (p[j] > top) top = p[j];
        }
        for (size_t j = 0; j < n; j++) sum += p[j] = expf(p[j] - top);
        float h = 0;
        for (size_t j = 0; j < n; j++) {
            p[j] /= sum;
            if (p[j] > 0) h -= p[j] * (logf(p[j]) + 1e-8f);
        }
        if (entropy != NULL) entropy[i] = h;
        for (size_t j = 0; j < n; j++) v[j] += step * (mu[j] - v[j]) * p[j];
    }
}
