/* JoMA with a linear activation, one hidden node and exponential attention: the law of one
 * component, solved.
 *
 *     dv/dt = eta_w delta exp(c + rho v^2 / 2),  v(0) = v0,  rho = eta_z / eta_w
 *
 * JoMA (arXiv 2310.00535), Theorem 2, prints erf(v/2); it is erf(v/sqrt 2) (derived here, as are
 * the rates and the offset c). In the variable w = sgn(delta) sqrt(rho) v, with Q the upper tail of
 * the standard normal distribution,
 *
 *     Q(w(t)) = Q(w0) - r t,   r = eta_w |delta| e^c sqrt(rho / 2 pi),   t* = Q(w0) / r
 *
 * so that v runs to sgn(delta) infinity at the finite time t*, and t* - t = Q(w) / r exactly. Times
 * that lie within rounding of t* are therefore given as gaps t* - t, never as differences. */
#ifndef ATTNDYN_THEORY_JOMA_ERF_H
#define ATTNDYN_THEORY_JOMA_ERF_H

#include <stdbool.h>
#include <stddef.h>

struct attndyn_joma_erf {
    double delta; /* E[g x_l] */
    double v0;
    double c;     /* 0 for zero initialisation */
    double eta_w; /* > 0 */
    double rho;   /* eta_z / eta_w, > 0 */
};

/* t*; infinity for delta = 0. */
double attndyn_joma_erf_blowup(const struct attndyn_joma_erf *law);
/* v at time t >= 0; NaN from t* on. */
double attndyn_joma_erf_at(const struct attndyn_joma_erf *law, double t);
/* v at the time t* - gap, gap > 0. */
double attndyn_joma_erf_before(const struct attndyn_joma_erf *law, double gap);
/* The time at which the law passes v (negative where v lies behind v0). */
double attndyn_joma_erf_time(const struct attndyn_joma_erf *law, double v);
/* t* minus that time, accurate however close v is to the blow-up. */
double attndyn_joma_erf_gap(const struct attndyn_joma_erf *law, double v);

/* n components together. The first to blow up: argmin t_l*; *blowup (may be NULL) gets the time.
 * It is argmax |delta| only for equal v0 = 0 and c. */
size_t attndyn_joma_erf_winner(size_t n, const struct attndyn_joma_erf *laws, double *blowup);
/* v: (n) at the time `gap` before the winner's blow-up (0: the limits of the losers; the winner's
 * own entry is then infinite). Components that tie with the winner blow up with it. */
void attndyn_joma_erf_all_before(size_t n, const struct attndyn_joma_erf *laws, double gap,
                                 double *v);

/* Normalised attention, dv_l/dt = eta_w delta_l exp(c_l + rho v_l^2/2) / A(t) with a normaliser A =
 * sum_l x_l exp(c_l + rho v_l^2/2) common to all components: the same curve, traversed in another
 * time. Because dv_l / (eta_w delta_l) = exp(..) dt/A, the time along it is (derived here)
 *
 *     t = sum_l x_l (v_l - v_l(0)) / (eta_w delta_l)
 *
 * v: (n) at time t, any t >= 0; there is no blow-up. x: (n), > 0. *gap (may be NULL): the time left
 * to the blow-up in the un-normalised clock. False if all delta vanish. */
bool attndyn_joma_erf_normalised(size_t n, const struct attndyn_joma_erf *laws, const double *x,
                                 double t, double *v, double *gap);

/* Linear attention, dv/dt = eta_w delta z, dz/dt = eta_z delta v: exponential growth, no blow-up
 * (derived here). */
void attndyn_joma_linear_at(const struct attndyn_joma_erf *law, double z0, double t, double *v,
                            double *z);

/* (max - min) / |mean| over l of [erf(v_l/divisor) - erf(v0_l/divisor)]/delta_l, the invariant for
 * equal c and rho = 1: divisor sqrt 2 is the form that holds, 2 the printed one. v0: NULL: zero.
 * Components with delta = 0 are left out; NaN if none is left. */
double attndyn_joma_erf_spread(size_t n, const double *v, const double *v0, const double *delta,
                               double divisor);
/* The same for general v0, c and rates: spread of the times at which the laws pass v. */
double attndyn_joma_erf_time_spread(size_t n, const struct attndyn_joma_erf *laws, const double *v);

#endif
