/* JoMA with K > 1 hidden nodes that share one attention, constant Delta (M, K): rank of V, solved.
 *
 * Three right-hand sides are in use (A: a constant normaliser, absorbed in c):
 *   (A) dV/dt = diag(exp((V o V) 1 / 2)) Delta   follows from the joint invariant (derived here)
 *   (B) dV/dt = diag(exp(V o V / 2) 1) Delta     as printed in the talk and in GaLore
 *                                                (arXiv 2403.03507), Eqn 43
 *   (C) dV/dt = exp(V o V / 2) o Delta           GaLore, appendix, Eqn 44
 * They agree at K = 1 only. For (A) rows decouple and keep their direction e = Delta_l /
 * ||Delta_l||: V_l(t) = V_l(0) + s e,   q = V_l(0).e,   p^2 = ||V_l(0)||^2 - q^2 where q + s obeys
 * the law of erf.h with delta = ||Delta_l||, v0 = q and c = c_l + rho p^2 / 2.
 */
#ifndef ATTNDYN_THEORY_JOMA_ROWS_H
#define ATTNDYN_THEORY_JOMA_ROWS_H

#include "erf.h"

/* (A): the law of a row. delta, v0: (K) rows; v0 NULL: zero. */
struct attndyn_joma_erf attndyn_joma_row_law(size_t k, const double *delta, const double *v0,
                                             double c, double eta_w, double rho);
/* (A): the row when its law stands at q_now. v: (K) out. */
void attndyn_joma_row_fill(size_t k, const double *delta, const double *v0,
                           const struct attndyn_joma_erf *law, double q_now, double *v);

/* (B), zero initialisation: V_l = alpha Delta_l with d alpha/dt = sum_k exp(alpha^2 Delta_lk^2/2);
 * the time to reach alpha by adaptive quadrature, alpha = infinity: the blow-up time. */
double attndyn_joma_row_printed_time(size_t k, const double *delta, double alpha);
/* (B): alpha at time t < blow-up. */
double attndyn_joma_row_printed_at(size_t k, const double *delta, double t);

/* GaLore's critical time A sqrt(pi) / (2 mu), Eqns 48-54: the factor 1/2 of the exponent is lost
 * there, so that it is too small by sqrt 2. */
double attndyn_joma_row_galore_time(double mu);

#endif
