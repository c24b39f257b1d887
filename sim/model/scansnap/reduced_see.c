/* Observables of the reduced model, the numbers of theorem 3, and events. */
#include "reduced.h"
#include "reduced_rates.h"

#include <math.h>

/* Entropy (natural logarithm) of weight / sum weight, weight: (count) >= 0. f and g are c_n up to a
 * common factor, so either gives the entropy of c_n. */
static double entropy(const double *weight, size_t count) {
    double sum = 0, h = 0;
    for (size_t i = 0; i < count; i++) sum += weight[i];
    for (size_t i = 0; i < count; i++) {
        double c = weight[i] / sum;
        if (c > 0) h -= c * log(c);
    }
    return h;
}

/* ln(eta_Y t/K) and eta_Y t/K */
static double scaled_time(const struct attndyn_reduced *m, double x, const double *y, double *ln) {
    double scale = m->options.eta_y / (double)m->K;
    if (m->options.clock == ATTNDYN_REDUCED_T) {
        *ln = log(scale * x);
        return scale * x;
    }
    double tau = y[m->at_time];
    *ln = tau + log(-expm1(-tau));
    return expm1(tau);
}

void attndyn_reduced_see(const struct attndyn_reduced *m, double x, const double *y,
                         struct attndyn_reduced_seen *seen) {
    struct attndyn_reduced_point o;
    attndyn_reduced_point_at(m, x, y, &o);
    double K = (double)m->K, visits = m->options.visit_rate ? K : 1, ln_scaled;
    seen->scaled_time = scaled_time(m, x, y, &ln_scaled);
    seen->ln_t = ln_scaled - log(m->options.eta_y / K);
    seen->t = m->options.clock == ATTNDYN_REDUCED_T ? x : seen->scaled_time * K / m->options.eta_y;
    seen->sigma = o.sigma;
    seen->rho_sigma2 = m->rho * o.sigma * o.sigma;
    seen->s = o.s;
    seen->q = o.q;
    seen->h = o.h;
    seen->u = o.u;
    seen->gap = o.gap;
    seen->delta = attndyn_reduced_delta(o.gap);
    seen->loss = o.gap > 0 ? log1p(exp(-o.gap)) : -o.gap + log1p(exp(o.gap));
    seen->gamma = seen->delta * o.S;
    seen->xi = seen->delta * visits / K * o.gain;
    seen->xi_min = INFINITY;
    seen->xi_max = -INFINITY;
    for (size_t j = 0; j < m->D; j++) {
        double xi = seen->delta * visits / K * o.force[j] / (o.f[j] * o.f[j]);
        seen->xi_min = fmin(seen->xi_min, xi);
        seen->xi_max = fmax(seen->xi_max, xi);
    }
    seen->B = y[m->at_B];
    /* dB/d ln t = (dB/dsigma) delta eta_Y t/K, the last two together free of overflow */
    seen->B_slope = m->lambda * o.gain * exp(ln_scaled + attndyn_reduced_ln_delta(o.gap));
    seen->B_sigma_slope = m->lambda * o.gain * o.sigma;
    /* f and g lie side by side: the whole support in one array */
    seen->entropy_support = entropy(o.f, m->D + m->G);
    seen->entropy_distinct = entropy(o.f, m->D);
    double common = 0, distinct = 0;
    for (size_t i = 0; i < m->G; i++) common += o.g[i];
    for (size_t j = 0; j < m->D; j++) distinct += o.f[j];
    seen->common_mass = common / (common + distinct);
    size_t top = 0;
    for (size_t j = 1; j < m->D; j++)
        if (m->p[j] > m->p[top]) top = j;
    seen->chi_max = exp(2 * y[m->at_z + top]);
}

void attndyn_reduced_f(const struct attndyn_reduced *m, const double *y, double *f, double *g) {
    struct attndyn_reduced_point o;
    attndyn_reduced_point_at(m, 0, y, &o); /* f and g do not depend on the time */
    for (size_t j = 0; j < m->D; j++) f[j] = o.f[j];
    for (size_t i = 0; i < m->G; i++) g[i] = o.g[i];
}

void attndyn_reduced_a(const struct attndyn_reduced *m, double x, const double *y, double *a) {
    struct attndyn_reduced_point o;
    if (m->length_a == 0) attndyn_reduced_point_at(m, x, y, &o);
    for (size_t j = 0; j < m->D; j++) a[j] = m->length_a ? y[m->at_a + j] : o.sigma * o.f[j];
}

void attndyn_reduced_xi(const struct attndyn_reduced *m, double x, const double *y, double *xi) {
    struct attndyn_reduced_point o;
    attndyn_reduced_point_at(m, x, y, &o);
    double rate = attndyn_reduced_delta(o.gap) * (m->options.visit_rate ? 1 : 1 / (double)m->K);
    for (size_t j = 0; j < m->D; j++) xi[j] = rate * o.force[j] / (o.f[j] * o.f[j]);
}

void attndyn_reduced_I(const struct attndyn_reduced *m, const double *y, double *I) {
    for (size_t j = 0; j < m->D; j++) I[j] = -expm1(-2 * y[m->at_z + j]) / (m->p[j] * m->p[j]);
}

void attndyn_reduced_J(const struct attndyn_reduced *m, const double *y, double *J) {
    for (size_t i = 0; i < m->G; i++) J[i] = expm1(-2 * y[m->at_w + i]) / (m->q[i] * m->q[i]);
}

double attndyn_reduced_spread(const double *x, size_t count) {
    double low = INFINITY, high = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
        sum += x[i];
    }
    return (high - low) * (double)count / sum;
}

int attndyn_reduced_event(double x, const double *y, double *event, void *user) {
    const struct attndyn_reduced *m = user;
    struct attndyn_reduced_point o, along;
    double *rates = m->work + 4 * (m->D + m->G), ln_scaled;
    attndyn_reduced_point_at(m, x, y, &o);
    attndyn_reduced_rates(m, y, &o, rates);
    attndyn_reduced_tangent(m, y, &o, 1, rates, &along); /* d/dsigma along the flow */
    double delta = attndyn_reduced_delta(o.gap);
    /* gamma = delta S, d delta = -delta (1 - delta) d gap; the factor delta > 0 is left out */
    event[ATTNDYN_REDUCED_PEAK] = along.S - o.S * (1 - delta) * along.gap;
    event[ATTNDYN_REDUCED_HALF] = o.gap;
    /* dB/d ln t = lambda gain T with T = delta eta_Y t/K, dT/dsigma = 1 - T (1 - delta) d gap */
    scaled_time(m, x, y, &ln_scaled);
    double T = exp(ln_scaled + attndyn_reduced_ln_delta(o.gap));
    event[ATTNDYN_REDUCED_FASTEST] =
        m->lambda > 0 ? T * along.gain + o.gain * (1 - T * (1 - delta) * along.gap) : 1;
    return 0;
}
