#include "quadrature.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_math.h>

static double part(gsl_function *f, double a, double b, double tolerance, int depth) {
    double result, error, magnitude, variation;
    gsl_integration_qk31(f, a, b, &result, &error, &magnitude, &variation);
    if (error <= fmax(tolerance, 1e-13 * magnitude)) return result;
    if (depth == 0 || !gsl_finite(result)) return GSL_NAN;
    double middle = 0.5 * (a + b), left = part(f, a, middle, tolerance, depth - 1);
    /* One failed part decides; without this all 2^depth of them would be visited. */
    return gsl_isnan(left) ? left : left + part(f, middle, b, tolerance, depth - 1);
}

double attndyn_quadrature(double (*f)(double x, void *user), void *user, double a, double b,
                          double tolerance) {
    gsl_function function = {.function = f, .params = user};
    if (a == b) return 0;
    if (!gsl_finite(a) || !gsl_finite(b)) return GSL_NAN;
    /* A first estimate of int |f|, so that vanishing tails are not resolved for nothing. The error
     * estimates are pessimistic by orders of magnitude, so every part may have the whole
     * tolerance. */
    double all = 0, result, error, magnitude, variation;
    enum { PANELS = 16 };
    for (int i = 0; i < PANELS; i++) {
        gsl_integration_qk31(&function, a + (b - a) * i / PANELS, a + (b - a) * (i + 1) / PANELS,
                             &result, &error, &magnitude, &variation);
        all += fabs(magnitude);
    }
    return part(&function, a, b, fmax(tolerance, 1e-14 * all), 40);
}
