#include "frequencies.h"

#include <math.h>

double attndyn_frequency_energy(size_t p, const double *a, const double *b) {
    double sum = 0;
    for (size_t k = 0; k < (p - 1) / 2; k++) sum += a[k] * b[k];
    return 4 * sum / (double)p;
}

double attndyn_frequency_mean(double a, double b) {
    if (!(a > 0) || !(b > 0)) return 0;
    double x = (a - b) / b; /* (a - b)/ln(a/b) = b x/ln(1 + x) */
    if (fabs(x) < 1e-8) return b * (1 + x / 2);
    return b * x / log1p(x);
}

double attndyn_frequency_time(double a, double b) {
    return 1 / (8 * attndyn_frequency_mean(a, b));
}

size_t attndyn_frequency_winner(size_t count, const double *a, const double *b) {
    size_t winner = 0;
    for (size_t k = 1; k < count; k++)
        if (attndyn_frequency_mean(a[k], b[k]) > attndyn_frequency_mean(a[winner], b[winner]))
            winner = k;
    return winner;
}
