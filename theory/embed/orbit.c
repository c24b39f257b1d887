#include "orbit.h"

#include <gsl/gsl_math.h>
#include <math.h>

double attndyn_orbit_frozen(double eta_v, double eta_u, double own, double sigma) {
    if (eta_u == 0) return eta_v * own * sigma;
    double x = sqrt(eta_u * eta_v) * own * sigma;
    if (x >= M_PI_2) return INFINITY;
    return sqrt(eta_v / eta_u) * tan(x) / (cos(x) * cos(x));
}

double attndyn_orbit_stretch(double ratio, double y) {
    /* (1 + v)^2 v = ratio y^2 with v = gam - 1: v lies below both of its asymptotes. */
    double level = ratio * y * y, v = fmin(level, cbrt(level));
    for (int i = 0; i < 200; i++) {
        double step = ((1 + v) * (1 + v) * v - level) / ((1 + v) * (1 + 3 * v));
        if (!(fabs(step) > 1e-16 * v)) break;
        v -= step;
    }
    return 1 + v;
}

double attndyn_orbit_frozen_sigma(double eta_v, double eta_u, double own, double y) {
    if (eta_u == 0) return y / (eta_v * own);
    /* tan^2 x = (eta_u/eta_v) |w|^2 = gam - 1 */
    double ratio = eta_u / eta_v, gam = attndyn_orbit_stretch(ratio, y);
    return atan(sqrt(ratio) * y / gam) / (sqrt(eta_u * eta_v) * own);
}

double attndyn_orbit_late(double D, double G, double N, double factors) {
    return G * D / (N * D + G) / factors;
}
