/* The nonlinear dynamics of JoMA (arXiv 2310.00535, Theorem 4), solved by
 * quadrature.
 *
 *     dv/dt = (mu - v) exp(beta v^2) / N(t)
 *
 * With the elapsed log distance w = ln((mu - v0)/(mu - v)) and d tau = dt / N, exactly (derived
 * here; the integrand is regular at s = mu):
 *
 *     d w / d tau = exp(beta v^2)
 *     exp(beta mu^2) tau = w + int_{v0}^{v} expm1(beta (mu^2 - s^2)) / (mu - s) ds
 *
 * so that w grows in the end like exp(beta mu^2) tau - C(mu, v0): Theorem 4's ratio exp(beta
 * (mu_j^2 - mu_k^2)) is that of the slopes, and that of the logarithms only as 1/t. With the
 * normaliser N = sum_j exp(beta v_j^2) the log distances add up to the time (derived here): sum_j
 * w_j = t. */
#ifndef ATTNDYN_THEORY_JOMA_BOUNCE_H
#define ATTNDYN_THEORY_JOMA_BOUNCE_H

#include <stdbool.h>
#include <stddef.h>

struct attndyn_joma_bounce_law {
    double mu, v0, beta;
};

/* v at elapsed log distance w. */
double attndyn_joma_bounce_v(const struct attndyn_joma_bounce_law *law, double w);
/* tau at w, adaptive Gauss-Kronrod quadrature, relative 1e-13; NaN if it fails. */
double attndyn_joma_bounce_time(const struct attndyn_joma_bounce_law *law, double w);
/* The same by one Gauss-Legendre rule of `nodes` points. */
double attndyn_joma_bounce_time_fixed(const struct attndyn_joma_bounce_law *law, double w,
                                      size_t nodes);
/* w at tau: the inverse. */
double attndyn_joma_bounce_at(const struct attndyn_joma_bounce_law *law, double tau);
/* C(mu, v0) = int_{v0}^{mu} expm1(beta (mu^2 - s^2)) / (mu - s) ds. */
double attndyn_joma_bounce_offset(const struct attndyn_joma_bounce_law *law);
/* ln(1/delta) - w with delta = 1 - v/mu: ln(mu / (mu - v0)); NaN unless mu/(mu - v0) > 0. */
double attndyn_joma_bounce_log_start(const struct attndyn_joma_bounce_law *law);

/* With the common normaliser: w: (n) at physical time t, from sum_j w_j = t; *tau may be NULL.
 * False if a quadrature fails, or if no double tau meets t: exp(beta mu^2) can be so large that a
 * component moves all its way within one rounding of tau. */
bool attndyn_joma_bounce_normalised(size_t n, const struct attndyn_joma_bounce_law *laws, double t,
                                    double *w, double *tau);

#endif
