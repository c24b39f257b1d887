#include "escape.h"

#include <gsl/gsl_math.h>
#include <math.h>

double attndyn_escape_lambda(double lr_y, double lr_p, double m) {
    return m / 2 * sqrt(lr_y * lr_p);
}

double attndyn_escape_start(double lr_y, double lr_p, double m, double T, double B) {
    return sqrt(sqrt(lr_y * lr_p) * (1 - m * m) / (m * T * B));
}

double attndyn_escape_mean(double lambda, double eps, double C) {
    return (log(1 / eps) + C + (M_EULER + M_LN2) / 2) / lambda;
}

double attndyn_escape_deviation(double lambda) {
    return M_PI / (2 * M_SQRT2 * lambda);
}
