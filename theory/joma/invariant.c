#include "invariant.h"

double attndyn_joma_squares(size_t tokens, size_t hidden, const double *v, double *sum) {
    double total = 0;
    for (size_t l = 0; l < tokens; l++) {
        sum[l] = 0;
        for (size_t k = 0; k < hidden; k++) sum[l] += v[l * hidden + k] * v[l * hidden + k];
        total += sum[l];
    }
    return total;
}

double attndyn_joma_constant_linear(double ratio, double z, double square) {
    return z * z - ratio * square;
}

double attndyn_joma_constant_exp(double ratio, double temperature, double z, double square) {
    return z - 0.5 * ratio / temperature * square;
}

double attndyn_joma_constant_softmax(double ratio, double temperature, double z, double square,
                                     double second) {
    return z - ratio / temperature * (0.5 * square - second);
}

double attndyn_joma_softmax_holds(double ratio, double temperature, double square, double total,
                                  double bbar) {
    return 0.5 * ratio / temperature * (square - total * bbar);
}

double attndyn_joma_softmax_printed(double ratio, double temperature, double square, double total,
                                    double bbar) {
    return ratio / temperature * (0.5 * square - total * bbar);
}

double attndyn_joma_drift_linear(double lr, double eta_w, double eta_z, double gz,
                                 double gv_squares) {
    return lr * lr * (eta_z * eta_z * gz * gz - eta_z * eta_w * gv_squares);
}

double attndyn_joma_drift_exp(double lr, double eta_w, double eta_z, double temperature,
                              double gv_squares) {
    return -0.5 * lr * lr * eta_z * eta_w / temperature * gv_squares;
}
