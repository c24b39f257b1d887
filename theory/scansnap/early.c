#include "early.h"

double attndyn_early_z_rate(size_t K, size_t M, double V, const double *f,
                            const double *class_probability, const size_t *last, size_t m,
                            size_t l) {
    double rate = 0;
    for (size_t n = 0; n < K; n++) {
        double own = f[n * M + l], pull = 0;
        if (last[n] != m || own == 0) continue;
        for (size_t o = 0; o < K; o++) {
            if (o == n) continue;
            double overlap = 0;
            for (size_t i = 0; i < M; i++) overlap += f[n * M + i] * f[o * M + i];
            pull += class_probability[o] * (f[o * M + l] - own * overlap);
        }
        rate -= class_probability[n] * own * pull;
    }
    return rate / V;
}

void attndyn_early_z_rates(size_t K, size_t M, size_t L, double V, const size_t *start,
                           const size_t *token, const double *f, const double *class_probability,
                           const size_t *last, double *mean, double *rate) {
    for (size_t l = 0; l < M; l++) mean[l] = 0;
    for (size_t i = 0; i < L * M; i++) rate[i] = 0;
    for (size_t n = 0; n < K; n++)
        for (size_t i = start[n]; i < start[n + 1]; i++)
            mean[token[i]] += class_probability[n] * f[i];
    for (size_t n = 0; n < K; n++) {
        double overlap = 0;
        for (size_t i = start[n]; i < start[n + 1]; i++) overlap += f[i] * mean[token[i]];
        for (size_t i = start[n]; i < start[n + 1]; i++)
            rate[last[n] * M + token[i]] -=
                class_probability[n] * f[i] * (mean[token[i]] - f[i] * overlap) / V;
    }
}
