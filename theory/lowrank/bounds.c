#include "bounds.h"

#include <math.h>

double attndyn_stable_rank_decay(double eta, double lambda1, double lambda2) {
    return (1 - eta * lambda2) / (1 - eta * lambda1);
}

double attndyn_stable_rank_step_limit(double lambda2, double lambda_max) {
    return 2 / (lambda2 + lambda_max);
}

static double square(double x) {
    return x * x;
}

double attndyn_stable_rank_bound_printed(const struct attndyn_stable_rank_split *split, double s) {
    return (square(split->par_frobenius) + square(pow(split->q, s) * split->perp_frobenius)) /
           square(split->par_spectral);
}

double attndyn_stable_rank_bound(const struct attndyn_stable_rank_split *split, double s) {
    const double perp = pow(split->q, s) * split->perp_frobenius;
    const double bracket = split->par_spectral - perp;
    if (!(bracket > 0)) return INFINITY;
    return (square(split->par_frobenius) + square(perp)) / square(bracket);
}

double attndyn_stable_rank_bound_below(const struct attndyn_stable_rank_split *split, double s) {
    return square(split->par_frobenius /
                  (split->par_spectral + pow(split->q, s) * split->perp_frobenius));
}

double attndyn_stable_rank_counterexample(double eta, double t) {
    const double x = pow(attndyn_stable_rank_decay(eta, 0.9, 1.15), t);
    return 1 + square((1 + 0.4 * x) / (2 - 0.2 * x));
}

struct attndyn_stable_rank_split attndyn_stable_rank_counterexample_split(double eta) {
    return (struct attndyn_stable_rank_split){
        .par_frobenius = sqrt(5.0),
        .par_spectral = 2,
        .perp_frobenius = sqrt(0.2),
        .q = attndyn_stable_rank_decay(eta, 0.9, 1.15),
    };
}

double attndyn_projection_rate(double eta, double kappa) {
    return 1 - eta * kappa;
}

double attndyn_projection_step_limit(double kappa, double lambda_max) {
    return 2 / (kappa + lambda_max);
}

double attndyn_projection_rate_printed(double eta, double kappa,
                                       const struct attndyn_projection_variation *v) {
    return 1 - eta * (kappa - v->lipschitz_a - v->lipschitz_b * v->lipschitz_c * v->d * v->d);
}

double attndyn_projection_rate_varying(double eta, double kappa,
                                       const struct attndyn_projection_variation *v) {
    return 1 - eta * (kappa - v->lipschitz_a -
                      v->d * (v->lipschitz_b * v->c_max + v->lipschitz_c * v->b_max));
}
