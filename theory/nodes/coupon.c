#include "coupon.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

double attndyn_coupon_all(size_t C, size_t K, double alive) {
    double sum = 0;
    for (size_t j = 0; j <= C; j++) {
        double x = 1 - alive * (double)j / (double)C;
        if (x <= 0 && K > 0) continue; /* the last term, where none dies */
        double term = exp(gsl_sf_lnchoose((unsigned)C, (unsigned)j) + (double)K * log(x));
        sum += j % 2 ? -term : term;
    }
    return fmin(1, fmax(0, sum));
}

double attndyn_coupon_alive(size_t C) {
    return 1 - ldexp(1, -(int)C);
}

double attndyn_coupon_mean(size_t C) {
    double harmonic = 0;
    for (size_t c = 1; c <= C; c++) harmonic += 1 / (double)c;
    return (double)C * harmonic;
}

size_t attndyn_coupon_winner(size_t C, const double *S, const double *v) {
    size_t winner = C;
    for (size_t c = 0; c < C; c++)
        if (v[c] > 0 && (winner == C || S[c] * v[c] > S[winner] * v[winner])) winner = c;
    return winner;
}

double attndyn_coupon_time(size_t C, const double *S, const double *v) {
    size_t winner = attndyn_coupon_winner(C, S, v);
    return winner == C ? INFINITY : 1 / (3 * S[winner] * v[winner]);
}
