#include "theorem_4.h"

#include "frozen.h"

#include <math.h>

double attndyn_theorem_4_Gamma(double K, double M, double nu, double x) {
    double u = (M - 1) / M * attndyn_frozen_gap(M, M * x);
    return K * u * u / (2 * nu);
}

double attndyn_theorem_4_printed(double C_0, double Gamma) {
    return log(C_0 + 4 * Gamma) / 4;
}

double attndyn_theorem_4_from_zero(double C_0, double Gamma) {
    return log1p(4 * Gamma / C_0) / 4;
}

double attndyn_theorem_4_late(double K, double M, double nu, double C_0, double x) {
    double L = (M - 1) / M * log(M * x);
    return log(C_0 + 2 * K / nu * L * L) / 4;
}

double attndyn_theorem_4_later(double K, double M, double nu, double x) {
    return log(log(M * x)) / 2 + log(2 * K / nu * pow((M - 1) / M, 2)) / 4;
}

double attndyn_theorem_4_best(double M, double *x) {
    /* e^u (u - 2) - (M-1) u + 2 rises beyond its one minimum; bisection from there */
    double low = 2, high = 2 + log(M);
    for (int i = 0; i < 200; i++) {
        double u = (low + high) / 2;
        *(exp(u) * (u - 2) - (M - 1) * u + 2 < 0 ? &low : &high) = u;
    }
    *x = (expm1(low) + (M - 1) * low) / M;
    return low;
}

double attndyn_theorem_4_prefactor(double D, double G, double N) {
    return G * D / (4 * (N * D + G));
}
