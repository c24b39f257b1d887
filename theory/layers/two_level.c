#include "two_level.h"

#include <math.h>

double attndyn_two_level_share(double G, double a) {
    if (G == 0) return 1;
    double keys = a * a / 2, commons = (1 - a) * (1 - a) / G;
    return keys / (keys + commons);
}

/* |sum of the Q segment vectors|/Q at the start: A_i and B_j of different segments are orthogonal,
 * the commons are the same. */
static double mean_norm(double Q, double c2) {
    return sqrt(c2 / Q + 1 - c2);
}

double attndyn_two_level_lambda(double Q, double c2, double eta_y, double eta_zeta, double eta_1) {
    double k = c2 / (2 * Q * mean_norm(Q, c2));
    return k * sqrt(eta_y / Q * (eta_zeta + eta_1 * c2 / 2));
}

double attndyn_induction_lambda(double Q, double c2, double eta_y, double eta_zeta) {
    return sqrt(eta_y * eta_zeta) * (c2 / 2) / (Q * Q * mean_norm(Q, c2));
}
