/* The equations of the reduced model at one point and their linearisation: shared by reduced.c
 * (right-hand side, Jacobian) and reduced_see.c (observables, events). */
#ifndef ATTNDYN_MODEL_SCANSNAP_REDUCED_RATES_H
#define ATTNDYN_MODEL_SCANSNAP_REDUCED_RATES_H

#include "reduced.h"

/* All that the rates depend on; or, as a tangent, the derivatives of these in one direction. Arrays
 * are scratch of the model. */
struct attndyn_reduced_point {
    double *f, *g;           /* (D), (G) */
    double *force, *force_g; /* (D), (G): dz/dsigma = lambda force, dw/dsigma = N lambda force_g */
    double s, q;             /* sum g^2, sum f^2 = 1 - s, each summed by itself */
    double S;                /* f . Y (e_n - alpha_n)/delta; gamma = delta S */
    double gap;              /* logit of alpha_nn */
    double beta_o, beta_v;   /* alpha/delta of another real column, of a never column */
    double gain;             /* sum force/q: dB/dsigma = lambda gain */
    /* Not differentiated: */
    double sigma, h, u;
};

/* x, y: the clock's time and the state. */
void attndyn_reduced_point_at(const struct attndyn_reduced *model, double x, const double *y,
                              struct attndyn_reduced_point *point);
/* The derivative of the point in the direction (dsigma, v), v: (n); dsigma is the change of the
 * internal time itself, which only the quasi-static decoder contains. */
void attndyn_reduced_tangent(const struct attndyn_reduced *model, const double *y,
                             const struct attndyn_reduced_point *point, double dsigma,
                             const double *v, struct attndyn_reduced_point *tangent);
/* dy/dsigma: (n), with the entry of the time per its clock. */
void attndyn_reduced_rates(const struct attndyn_reduced *model, const double *y,
                           const struct attndyn_reduced_point *point, double *rates);
/* Its derivative along the tangent: (n). */
void attndyn_reduced_rates_tangent(const struct attndyn_reduced *model, const double *y,
                                   const struct attndyn_reduced_point *point, const double *v,
                                   const struct attndyn_reduced_point *tangent, double *rates);
/* 1 - alpha_nn and its logarithm from the gap, without cancellation or underflow. */
double attndyn_reduced_delta(double gap);
double attndyn_reduced_ln_delta(double gap);

#endif
