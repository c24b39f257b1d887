#include "relative_gain.h"

#include <math.h>

double attndyn_gain_z(double kappa, double P) {
    return -0.5 * log1p(-kappa * P * P);
}

double attndyn_gain_kappa(double z, double P) {
    return -expm1(-2 * z) / (P * P);
}

double attndyn_gain_relative(double P, double z, double P_other, double z_other) {
    return expm1(2 * (log(P / P_other) + z - z_other));
}

double attndyn_gain_ln_growth(double P, double z, double P_other, double z_other) {
    if (P == P_other) return NAN;
    /* r/r0 - 1 = (1 + r0)/r0 (e^{2 (z - z')} - 1): no cancellation for small gains */
    double r0 = expm1(2 * log(P / P_other));
    return log1p((1 + r0) / r0 * expm1(2 * (z - z_other)));
}

struct attndyn_gain_bounds attndyn_gain_bounds(double f_squared_0, double B) {
    return (struct attndyn_gain_bounds){2 * f_squared_0 * B, 2 * B};
}

struct attndyn_gain_expansion attndyn_gain_expansion(const double *f_squared, size_t count,
                                                     double s) {
    double largest = -INFINITY, smallest = INFINITY, partner = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, f_squared[i]);
        smallest = fmin(smallest, f_squared[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (f_squared[i] < largest) partner = fmax(partner, f_squared[i]);
    return (struct attndyn_gain_expansion){.xi_spread = (largest - smallest) / 3,
                                           .I_spread = (largest - smallest) / 6,
                                           .ln_chi = largest * s,
                                           .B = s / 2,
                                           .ln_r = -partner / 6};
}
