#include "growth.h"

#include <math.h>

double attndyn_growth_early(double K, double V, double s0, double eta_y, double eta_z, double t) {
    return 0.5 * s0 * (eta_y * t) * (eta_z * t) * (K - 1) / (V * K * K);
}

double attndyn_growth_prefactor_coupled(double D, double G, double N) {
    return G * D / (N * D + G);
}

double attndyn_growth_prefactor_qsd(double G, double N) {
    return G / (N + G);
}

double attndyn_growth_printed_argument(double K, double M, double eta_y, double eta_z, double t) {
    double ln = log(M * eta_y * t / K);
    return 2 * K * (eta_z / eta_y) * ln * ln;
}

double attndyn_growth_theta(double z, double R) {
    return expm1(4 * z) / (4 * R) + 2 * z - 0.25 * R * expm1(-4 * z);
}

double attndyn_growth_B(double z, double R) {
    return z - 0.25 * R * expm1(-4 * z);
}

double attndyn_growth_z(double theta, double R) {
    if (theta == 0) return 0;
    /* theta(z) rises and lies above expm1(4 z)/(4 R): a bracket, then safeguarded Newton. */
    double low = 0, high = 0.25 * log1p(4 * R * theta), z = high;
    for (int i = 0; i < 200; i++) {
        double excess = attndyn_growth_theta(z, R) - theta;
        if (excess > 0)
            high = z;
        else
            low = z;
        double slope = exp(4 * z) / R + 2 + R * exp(-4 * z), next = z - excess / slope;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        if (fabs(next - z) <= 1e-16 * z) return next;
        z = next;
    }
    return z;
}

double attndyn_growth_late_slope(double R) {
    return 2 * R * exp(R);
}
