#include "bounce.h"
#include "../quadrature.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>

double attndyn_joma_bounce_v(const struct attndyn_joma_bounce_law *law, double w) {
    return law->v0 - (law->mu - law->v0) * expm1(-w);
}

/* The integrand, with s = mu - x: expm1(beta x (2 mu - x)) / x. */
static double integrand(double s, void *user) {
    const struct attndyn_joma_bounce_law *law = user;
    double x = law->mu - s;
    double a = law->beta * (law->mu + s);
    return x == 0 ? a : expm1(a * x) / x;
}

/* int_{v0}^{v}; scale: what the result will be added to, for the absolute accuracy. */
static double integral(const struct attndyn_joma_bounce_law *law, double v, double scale) {
    struct attndyn_joma_bounce_law copy = *law;
    return attndyn_quadrature(integrand, &copy, law->v0, v, 1e-14 * scale);
}

double attndyn_joma_bounce_time(const struct attndyn_joma_bounce_law *law, double w) {
    double v = attndyn_joma_bounce_v(law, w);
    return exp(-law->beta * law->mu * law->mu) * (w + integral(law, v, w));
}

double attndyn_joma_bounce_time_fixed(const struct attndyn_joma_bounce_law *law, double w,
                                      size_t nodes) {
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(nodes);
    if (table == NULL) return GSL_NAN;
    struct attndyn_joma_bounce_law copy = *law;
    gsl_function f = {.function = integrand, .params = &copy};
    double part = gsl_integration_glfixed(&f, law->v0, attndyn_joma_bounce_v(law, w), table);
    gsl_integration_glfixed_table_free(table);
    return exp(-law->beta * law->mu * law->mu) * (w + part);
}

double attndyn_joma_bounce_offset(const struct attndyn_joma_bounce_law *law) {
    return integral(law, law->mu, 0);
}

double attndyn_joma_bounce_log_start(const struct attndyn_joma_bounce_law *law) {
    double ratio = law->mu / (law->mu - law->v0);
    return ratio > 0 ? log(ratio) : GSL_NAN;
}

double attndyn_joma_bounce_at(const struct attndyn_joma_bounce_law *law, double tau) {
    if (tau == 0 || law->mu == law->v0)
        return exp(law->beta * law->mu * law->mu) * tau; /* at rest: v = mu all along */
    /* exp(beta v^2) lies between its extremes over [v0, mu]: a bracket; then Newton in it. */
    double a = law->v0 * law->v0, b = law->mu * law->mu;
    double least = law->v0 * law->mu < 0 ? 0 : fmin(a, b);
    double low = exp(law->beta * least) * tau, high = exp(law->beta * fmax(a, b)) * tau;
    double w = low;
    for (int i = 0; i < 200; i++) {
        double error = attndyn_joma_bounce_time(law, w) - tau;
        if (gsl_isnan(error)) return GSL_NAN;
        if (error < 0)
            low = w;
        else
            high = w;
        double v = attndyn_joma_bounce_v(law, w);
        double next = w - error * exp(law->beta * v * v);
        if (!(next >= low && next <= high)) next = 0.5 * (low + high);
        if (fabs(next - w) <= 2e-16 * w || high - low <= 4e-16 * high || error == 0) return next;
        w = next;
    }
    return w;
}

bool attndyn_joma_bounce_normalised(size_t n, const struct attndyn_joma_bounce_law *laws, double t,
                                    double *w, double *tau) {
    double low = 0, high = t, x = 0;
    /* d(sum w)/d tau = N >= n min exp: start from the normaliser at rest and keep a bracket. */
    double at_start = 0;
    for (size_t j = 0; j < n; j++) at_start += exp(laws[j].beta * laws[j].v0 * laws[j].v0);
    x = t / at_start;
    high = 1.0 / 0.0;
    for (int i = 0; i < 200; i++) {
        double sum = 0, speed = 0;
        for (size_t j = 0; j < n; j++) {
            w[j] = attndyn_joma_bounce_at(&laws[j], x);
            if (gsl_isnan(w[j])) return false;
            double v = attndyn_joma_bounce_v(&laws[j], w[j]);
            sum += w[j], speed += exp(laws[j].beta * v * v);
        }
        double error = sum - t;
        if (error < 0)
            low = x;
        else
            high = x;
        double next = x - error / speed;
        if (!(next >= low && next <= high)) next = gsl_finite(high) ? 0.5 * (low + high) : 2 * x;
        if (fabs(next - x) <= 4e-16 * x || high - low <= 4e-16 * high || error == 0) {
            if (tau != NULL) *tau = next;
            return fabs(error) <= 1e-10 * fmax(t, 1);
        }
        x = next;
    }
    return false;
}
