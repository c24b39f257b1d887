#include "laws.h"

#include <math.h>
#include <string.h>

double attndyn_position_law(double p0, double p, double share) {
    return -exp(-p0) * expm1(p0 - p) / share;
}

void attndyn_position_early(size_t positions, size_t classes, size_t tokens, const double *share,
                            const double *class_probability, const double *probability,
                            double *work, double *R) {
    double *mean = work, *f = work + tokens;
    memset(mean, 0, tokens * sizeof *mean);
    memset(R, 0, positions * sizeof *R);
    for (size_t n = 0; n < classes; n++) {
        double *at = f + n * tokens, square = 0;
        memset(at, 0, tokens * sizeof *at);
        for (size_t r = 0; r < positions; r++)
            for (size_t l = 0; l < tokens; l++)
                at[l] += share[r] * probability[(r * classes + n) * tokens + l];
        for (size_t l = 0; l < tokens; l++) square += at[l] * at[l];
        for (size_t l = 0; l < tokens; l++)
            mean[l] += class_probability[n] * (at[l] / sqrt(square));
    }
    for (size_t n = 0; n < classes; n++) {
        const double *bag = f + n * tokens;
        double square = 0, along = 0;
        for (size_t l = 0; l < tokens; l++) square += bag[l] * bag[l];
        for (size_t l = 0; l < tokens; l++) along += bag[l] / sqrt(square) * mean[l];
        for (size_t r = 0; r < positions; r++)
            for (size_t l = 0; l < tokens; l++) {
                if (!(bag[l] > 0)) continue;
                double q = share[r] * probability[(r * classes + n) * tokens + l] / bag[l];
                double own = bag[l] / sqrt(square);
                R[r] -= class_probability[n] * q * own * (mean[l] - own * along) / (double)classes;
            }
    }
}

double attndyn_previous_invariant(double K, double eta_y, double eta_p, double y, double x) {
    return y * y / 2 - eta_y / (2 * eta_p * (K - 1)) * (x + log(x) - (K - 1) * log(x + K));
}

double attndyn_previous_near(size_t far, const double *share, double kappa) {
    double p = 0;
    for (size_t r = 0; r < far; r++) p += log1p(kappa * share[r]);
    return p;
}

double attndyn_slope_stop(double r_star) {
    return r_star > 1 ? -log1p(-1 / r_star) : INFINITY;
}

double attndyn_slope_attention(double r_star) {
    return r_star > 1 ? pow(1 - 1 / r_star, r_star - 1) / r_star : 1;
}

double attndyn_compete_share(double K, double N, double eta_z, double eta_p, size_t positions,
                             const double *q_d, const double *q_c) {
    double content = eta_z * (1 + N) / K, position = 0;
    for (size_t r = 0; r < positions; r++)
        position += eta_p * (q_d[r] - q_c[r]) * (q_d[r] - q_c[r]);
    return content / (content + position);
}

double attndyn_compete_late(double K, double N, double eta_z, double eta_p, double pure) {
    double content = eta_z * (1 + N) / K;
    return content / (content + eta_p * (1 + 1 / pure));
}
