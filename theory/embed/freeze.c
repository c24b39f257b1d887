#include "freeze.h"

#include <math.h>

double attndyn_freeze_law(double ratio, double norm2) {
    return (norm2 - 1) / (2 * ratio);
}

double attndyn_freeze_floor(double ratio) {
    return -1 / (2 * ratio);
}

double attndyn_freeze_kappa(double K, double ratio, double A, double c_d, double c_c) {
    return ratio * (1 + K * (c_c / c_d) * (c_c / c_d)) / (A * A);
}

double attndyn_freeze_fast(double K, double common, double ratio) {
    double odds = (1 - common) / common;
    return -1 / (2 * ratio * (odds * odds / K + 1));
}

/* In s = sqrt(theta), where V = 1/C^2 and R are smooth from 0 on:
 * dV/ds = 4 s (1 + R sqrt V), dR/ds = -2 s (R + (1 + e^(-2 s^2))/sqrt V). */
static void slope(double s, double V, double R, double *dV, double *dR) {
    double root = sqrt(V);
    *dV = 4 * s * (1 + R * root);
    *dR = -2 * s * (R + (1 + exp(-2 * s * s)) / root);
}

double attndyn_freeze_slow_constant(void) {
    enum { STEPS = 6500 };
    const double h = 1e-3; /* theta ends at 42, where e^-theta is below rounding */
    /* The first step by its series, as sqrt(V)/s is 0/0 at 0; the next terms are O(h^4). */
    double V = 2 * h * h * (1 - 2 * h * h), R = -sqrt(8) * h * (1 - 2 * h * h / 3);
    for (int i = 1; i < STEPS; i++) {
        double s = i * h, v1, v2, v3, v4, r1, r2, r3, r4;
        slope(s, V, R, &v1, &r1);
        slope(s + h / 2, V + h / 2 * v1, R + h / 2 * r1, &v2, &r2);
        slope(s + h / 2, V + h / 2 * v2, R + h / 2 * r2, &v3, &r3);
        slope(s + h, V + h * v3, R + h * r3, &v4, &r4);
        V += h / 6 * (v1 + 2 * v2 + 2 * v3 + v4);
        R += h / 6 * (r1 + 2 * r2 + 2 * r3 + r4);
    }
    return 1 / sqrt(V);
}

double attndyn_freeze_slow(double K, double common, double ratio) {
    return K / (K + 1) *
           (log(ratio / (K + 1)) / 2 + log(attndyn_freeze_slow_constant()) +
            log((1 - common) / common));
}
