#include "correlation.h"

#include <math.h>

/* a.b / ((|a| + guard)(|b| + guard)) after subtracting the given centres. */
static double normalised(size_t n, const double *a, const double *b, double a_centre,
                         double b_centre, double guard) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        double x = a[i] - a_centre, y = b[i] - b_centre;
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab / ((sqrt(aa) + guard) * (sqrt(bb) + guard));
}

double attndyn_centred_correlation(size_t n, const double *a, const double *b, double guard) {
    double a_mean = 0, b_mean = 0;
    for (size_t i = 0; i < n; i++) {
        a_mean += a[i] / (double)n;
        b_mean += b[i] / (double)n;
    }
    return normalised(n, a, b, a_mean, b_mean, guard);
}

double attndyn_cosine(size_t n, const double *a, const double *b, double guard) {
    return normalised(n, a, b, 0, 0, guard);
}

double attndyn_relative_distance(size_t n, const double *a, const double *b) {
    double difference = 0, length = 0;
    for (size_t i = 0; i < n; i++) {
        difference = hypot(difference, a[i] - b[i]);
        length = hypot(length, b[i]);
    }
    return difference / length;
}
