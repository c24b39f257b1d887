#include "frozen.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_lambert.h>
#include <math.h>

static double lambert(int branch, double x) {
    gsl_sf_result w;
    int status = branch ? gsl_sf_lambert_Wm1_e(x, &w) : gsl_sf_lambert_W0_e(x, &w);
    return status == GSL_SUCCESS ? w.val : NAN;
}

double attndyn_frozen_rate(double K, double V, double eta_y, double q) {
    if (V == K) return eta_y * q;
    return q == 1 ? eta_y * V / K : NAN;
}

/* u = ln((V - 1) w) with w + ln w = x, that is w = W0(e^x), without forming e^x where it overflows:
 * there two terms of the expansion of w. */
double attndyn_frozen_gap(double V, double ct) {
    double b = V - 1, x = (1 + ct) / b - log(b);
    double w = x < 500 ? lambert(0, exp(x)) : x - log(x);
    double u = log(b) + log(w); /* here w is finite, but the product (V - 1) w may overflow */
    /* Newton on the convex equation restores the digits that cancel between the two logarithms for
     * small c t, and those that the expansion lacks; beyond u = 300 it lacks none. */
    for (int i = 0; i < 3 && u < 300; i++) u -= (b * u + expm1(u) - ct) / (b + exp(u));
    return u;
}

double attndyn_frozen_gap_at_ln(double V, double ln_ct) {
    if (ln_ct < 600) return attndyn_frozen_gap(V, exp(ln_ct));
    return ln_ct + log1p(-(V - 1) * ln_ct * exp(-ln_ct));
}

struct attndyn_frozen_landmarks attndyn_frozen_landmarks(double V) {
    double b = V - 1;
    struct attndyn_frozen_landmarks l;
    l.ct_half = b * log(b) + V - 2;
    l.u_peak = 1 + lambert(0, b / M_E);
    l.ct_peak = b * l.u_peak + b / (l.u_peak - 1) - 1;
    l.u_end = b >= M_E ? -lambert(1, -1 / b) : NAN;
    l.ct_end = 2 * b * l.u_end - 1;
    return l;
}

double attndyn_transition_printed(double K, double M, double eta_y) {
    return 2 * K * log(M) / eta_y;
}

double attndyn_frozen_half_shift(double K, double rho, double q, double q_1) {
    double kappa = K / (K - 1), L = log(K - 1);
    return -2 * q_1 / q * rho / pow(kappa * q, 2) *
           (pow(L, 3) / 3 + L * L - 2 * L + 2 - 2 / (K - 1)) / (L + 1 - 1 / (K - 1));
}
