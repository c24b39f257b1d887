#include "theorem_1.h"

#include "frozen.h"

#include <math.h>

static double q_1(double M) {
    return 1 + 1 / (M - 1);
}
static double q_0(double M) {
    return -M / ((M - 1) * (M - 1));
}

/* The sum over k != n of a row. */
static double rest(size_t K, const double *E_prime, size_t row, size_t n) {
    double sum = 0;
    for (size_t k = 0; k < K; k++)
        if (k != n) sum += E_prime[row * K + k];
    return sum;
}

double attndyn_theorem_1_iota(size_t K, double M, const double *E_prime, size_t n) {
    return q_1(M) * (1 - E_prime[n * K + n]) - q_0(M) * rest(K, E_prime, n, n);
}

double attndyn_theorem_1_beta(size_t K, double M, const double *E_prime, size_t n, size_t other,
                              bool printed) {
    /* E' is symmetric */
    return q_1(M) * E_prime[n * K + other] +
           q_0(M) * (rest(K, E_prime, other, n) + (printed ? 1 : -1));
}

double attndyn_theorem_1_ratio(double K, double M, double s, bool printed) {
    /* (I + E)^-1 = (I - s/(1 + (K-1) s) 1 1^T)/(1 - s) */
    double off = s / (1 - s) / (1 + (K - 1) * s), own = 1 - 1 / (1 - s) + off;
    return (q_1(M) * off + q_0(M) * (own + (K - 2) * off + (printed ? 1 : -1))) /
           (q_1(M) * (1 - own) - q_0(M) * (K - 1) * off);
}

double attndyn_theorem_1_gamma(double M, double x) {
    double u = attndyn_frozen_gap(M, M * x); /* M h */
    return (M - 1) * (M - 1) / M * u / (M - 1 + exp(u));
}

double attndyn_theorem_1_gamma_late(double M, double x) {
    return log(M * x) / x;
}

double attndyn_theorem_1_ratio_original(double M, double s, double x) {
    double grown = expm1(s * x);
    return (grown + (s * x > 0 ? grown / (s * x) : 1)) / (M - 1);
}

double attndyn_theorem_1_peak(double M) {
    double u = 1 + log(M); /* above the root: Newton on u + ln(u - 1) from there stays above 1 */
    for (int i = 0; i < 100; i++) u -= (u + log(u - 1) - log(M - 1)) / (1 + 1 / (u - 1));
    return (expm1(u) + (M - 1) * u) / M;
}
