#include "sink.h"

#include <math.h>

double attndyn_sink_integral(double z) {
    return 3 * z + 3 * exp(z) + exp(2 * z) / 2 - exp(-z);
}

double attndyn_sink_late(double x) {
    return log(2 * x) / 2;
}

double attndyn_sink_logit(double x) {
    if (!(x > 0)) return 0;
    /* I(z) - I(0) lies above (e^(2z) - 1)/2 and above 8 z: two bounds from above, and Newton's
     * iteration falls from there as I is convex for z > 0. */
    double z = fmin(log1p(2 * x) / 2, x / 8);
    for (int i = 0; i < 200; i++) {
        double excess = 3 * z + 3 * expm1(z) + expm1(2 * z) / 2 - expm1(-z) - x;
        double step = excess / (3 + 3 * exp(z) + exp(2 * z) + exp(-z));
        z -= step;
        if (!(fabs(step) > 1e-16 * z)) break;
    }
    return z;
}
