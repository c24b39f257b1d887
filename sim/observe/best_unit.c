#include "best_unit.h"

#include <math.h>

#define GUARD 1e-9 /* of the published measure */

double attndyn_unit_correlation(size_t samples, const double *latent, size_t units,
                                const double *activity, size_t unit, bool centred) {
    double g_mean = 0, h_mean = 0, product = 0, g_square = 0, h_square = 0;
    for (size_t i = 0; centred && i < samples; i++) {
        g_mean += latent[i] / (double)samples;
        h_mean += activity[i * units + unit] / (double)samples;
    }
    for (size_t i = 0; i < samples; i++) {
        double g = latent[i] - g_mean, h = activity[i * units + unit] - h_mean;
        product += g * h, g_square += g * g, h_square += h * h;
    }
    return product / ((sqrt(g_square) + GUARD) * (sqrt(h_square) + GUARD));
}

struct attndyn_best_unit attndyn_best_unit(size_t samples, const double *latent, size_t units,
                                           const double *activity, bool centred) {
    struct attndyn_best_unit best = {-INFINITY, 0};
    for (size_t k = 0; k < units; k++) {
        double c = attndyn_unit_correlation(samples, latent, units, activity, k, centred);
        if (c > best.correlation) best = (struct attndyn_best_unit){c, k};
    }
    return best;
}
