/* A parametric gradient whose coefficients move with W, smoothly and with known Lipschitz
 * constants: the setting of the general form of GaLore's Theorem 3.8 (arXiv 2403.03507).
 *
 *     A(W) = A + alpha h(<Ka, W>) E,  B_i(W) = (1 + beta h(<Kb, W>)) B_i,
 *     C_i(W) = (1 + gamma h(<Kc, W>)) C_i,   G(W) = A(W) - (1/N) sum_i B_i(W) W C_i(W)
 *
 * with ||K||_F = ||E||_F = 1 and h = sin, or h(x) = x ("linear"). The instance is of our making.
 */
#ifndef ATTNDYN_MODEL_LOWRANK_MODULATED_H
#define ATTNDYN_MODEL_LOWRANK_MODULATED_H

#include "parametric.h"

struct attndyn_modulated {
    struct attndyn_parametric base;
    double alpha, beta, gamma;
    bool linear;
    double *Ka, *Kb, *Kc, *E; /* (m, n), unit Frobenius norm */
};

/* Directions drawn in the order Ka, Kb, Kc, E (normal entries, then normalised). */
enum attndyn_status attndyn_modulated_draw(struct attndyn_context *ctx,
                                           struct attndyn_random *random,
                                           const struct attndyn_parametric *base, double alpha,
                                           double beta, double gamma,
                                           struct attndyn_modulated *modulated);
/* The scalar example G = A - (1 + beta W) W, m = n = N = 1, C = 1 (derived here: A = 3/4,
 * beta = -1/4, W_0 = 1/2 refutes the printed form of the theorem). */
enum attndyn_status attndyn_modulated_scalar(struct attndyn_context *ctx, double A, double beta,
                                             double W0, struct attndyn_modulated *modulated);
/* The factors 1 + beta h(<Kb, W>) and 1 + gamma h(<Kc, W>). */
double attndyn_modulated_factor_b(const struct attndyn_modulated *modulated, const double *W);
double attndyn_modulated_factor_c(const struct attndyn_modulated *modulated, const double *W);
/* G (m, n) at W. work: m*n. */
void attndyn_modulated_gradient(const struct attndyn_modulated *modulated, const double *W,
                                double *work, double *G);

#endif
