#include "hierarchy.h"

#include <math.h>

double attndyn_hierarchy_cooccurrence(size_t levels, size_t height, double rho, double rho0) {
    double edges = (double)levels - 1, twice = 2 * (double)height;
    if (rho > 0.5 && rho0 > 0.5) { /* 1 - rho is exact here, so its logarithm is too */
        double log_rho = log1p(-(1 - rho)), log_rho0 = log1p(-(1 - rho0));
        double off = -expm1(edges * log_rho + log_rho0); /* 1 - rho^(L-1) rho0 */
        return (off + 0.5 * expm1(twice * log_rho)) / off;
    }
    double spin = pow(rho, edges) * rho0;
    return 0.5 * (1 + pow(rho, twice) - 2 * spin) / (1 - spin);
}

double attndyn_hierarchy_printed(size_t levels, size_t height) {
    return 1 - (double)height / (double)levels;
}

double attndyn_hierarchy_limit(size_t levels, size_t height, double c) {
    return 1 - (double)height / ((double)levels - 1 + c);
}

double attndyn_hierarchy_expansion(size_t levels, size_t height, double kappa) {
    double l = (double)levels, h = (double)height;
    return 1 - h / l + kappa * h * (2 * h - l) / (2 * l);
}
