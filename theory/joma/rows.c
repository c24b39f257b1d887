#include "rows.h"
#include "../quadrature.h"

#include <gsl/gsl_math.h>

static double dot(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

struct attndyn_joma_erf attndyn_joma_row_law(size_t k, const double *delta, const double *v0,
                                             double c, double eta_w, double rho) {
    double norm = sqrt(dot(k, delta, delta)), q = 0, p2 = 0;
    if (v0 != NULL) {
        q = norm > 0 ? dot(k, v0, delta) / norm : 0;
        for (size_t i = 0; i < k; i++) { /* not ||v0||^2 - q^2, which cancels */
            double across = v0[i] - (norm > 0 ? q * delta[i] / norm : 0);
            p2 += across * across;
        }
    }
    return (struct attndyn_joma_erf){
        .delta = norm, .v0 = q, .c = c + 0.5 * rho * p2, .eta_w = eta_w, .rho = rho};
}

void attndyn_joma_row_fill(size_t k, const double *delta, const double *v0,
                           const struct attndyn_joma_erf *law, double q_now, double *v) {
    double s = law->delta > 0 ? (q_now - law->v0) / law->delta : 0;
    for (size_t i = 0; i < k; i++) v[i] = (v0 != NULL ? v0[i] : 0) + s * delta[i];
}

struct row {
    size_t k;
    const double *delta;
};

static double inverse_speed(double alpha, void *user) {
    const struct row *row = user;
    double sum = 0;
    for (size_t i = 0; i < row->k; i++)
        sum +=
            /* where the speed overflows its inverse is 0 */
            exp(0.5 * alpha * alpha * row->delta[i] * row->delta[i]);
    return 1 / sum;
}

double attndyn_joma_row_printed_time(size_t k, const double *delta, double alpha) {
    struct row row = {.k = k, .delta = delta};
    double largest = 0;
    for (size_t i = 0; i < k; i++) largest = fmax(largest, fabs(delta[i]));
    if (largest == 0) return alpha / (double)k; /* an empty row grows linearly for ever */
    /* Beyond 40 / max|Delta_lk| the integrand is below exp(-800). */
    return attndyn_quadrature(inverse_speed, &row, 0, fmin(alpha, 40 / largest), 0);
}

double attndyn_joma_row_printed_at(size_t k, const double *delta, double t) {
    /* Newton on the rising, concave t(alpha): from below it overshoots, so keep a bracket. */
    struct row row = {.k = k, .delta = delta};
    double low = 0, high = t * (double)k, alpha = high;
    while (attndyn_joma_row_printed_time(k, delta, high) < t) {
        low = high, high *= 2;
        if (!gsl_finite(high) || high > 1e300) return GSL_NAN;
        if (inverse_speed(high, &row) < 1e-290) return GSL_NAN; /* t lies past the blow-up */
        alpha = high;
    }
    for (int i = 0; i < 100; i++) {
        double error = attndyn_joma_row_printed_time(k, delta, alpha) - t;
        if (error < 0)
            low = alpha;
        else
            high = alpha;
        double next = alpha - error / inverse_speed(alpha, &row);
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        if (fabs(next - alpha) <= 1e-15 * alpha) return next;
        alpha = next;
    }
    return alpha;
}

double attndyn_joma_row_galore_time(double mu) {
    return 0.5 * sqrt(M_PI) / mu;
}
