/* Squared loss on isotropic Gaussian clusters, one ReLU node: where Theorem 3 of JoMA stops being
 * linear in the back-propagated gradient, because g = target - h reacts to h. Derived here.
 *
 *     loss = (1/2) sum_c P_c E (y_c - relu(v.x + xi))^2,   x = centre_c + sigma N(0, I)
 *
 * With r = v.centre_c + xi, n = ||v||, k = r/(n sigma), F = Phi(k), f = nu(k):
 *
 *     -d loss/dv  = sum_c P_c { y_c (F centre_c + (sigma f/n) v) - (E_r centre_c + sigma^2 F v) }
 *     -d loss/dxi = sum_c P_c { y_c F - E_r },                      E_r = r F + n sigma f
 *
 * At a critical point the second line makes the coefficients of the centres sum to zero: v lies in
 * the span of the differences of centres, not along a centre. */
#ifndef ATTNDYN_THEORY_JOMA_CRITICAL_H
#define ATTNDYN_THEORY_JOMA_CRITICAL_H

#include <stdbool.h>
#include <stddef.h>

struct attndyn_critical {
    size_t dimension;          /* d */
    size_t clusters;           /* C */
    const double *centres;     /* (C, d) row-major */
    const double *probability; /* P_c: (C) */
    const double *target;      /* y_c: (C) */
    double sigma;              /* > 0 */
};

/* The field of one cluster of probability 1 is alpha centre + beta v (and alpha for xi). n > 0. */
void attndyn_critical_coefficients(double target, double sigma, double r, double n, double *alpha,
                                   double *beta);
/* w = (v, xi): (d + 1). field: (d + 1). */
void attndyn_critical_field(const struct attndyn_critical *critical, const double *w,
                            double *field);
double attndyn_critical_loss(const struct attndyn_critical *critical, const double *w);
/* d field/dw, symmetric: (d + 1, d + 1) row-major. */
void attndyn_critical_jacobian(const struct attndyn_critical *critical, const double *w,
                               double *jacobian);

/* Holds all the memory that the functions below need for this d and C, so that none of them can run
 * out. NULL: out of memory. The caller frees it; NULL is allowed. */
struct attndyn_critical_workspace;
struct attndyn_critical_workspace *attndyn_critical_workspace_create(
    const struct attndyn_critical *critical);
void attndyn_critical_workspace_free(struct attndyn_critical_workspace *work);

/* Eigenvalues of the Jacobian, ascending: (d + 1). False: no convergence. */
bool attndyn_critical_eigenvalues(const struct attndyn_critical *critical,
                                  struct attndyn_critical_workspace *work, const double *w,
                                  double *eigenvalues);

enum attndyn_critical_outcome {
    ATTNDYN_CRITICAL_FOUND,
    /* ended where the field is flat: the node off on every cluster, or w = 0 */
    ATTNDYN_CRITICAL_DEAD,
    ATTNDYN_CRITICAL_STUCK, /* no convergence */
};
/* Newton's method from w (GSL's hybrid, then plain steps to roundoff); w is left at the end point.
 * residual: the largest |field| there. */
enum attndyn_critical_outcome attndyn_critical_newton(const struct attndyn_critical *critical,
                                                      struct attndyn_critical_workspace *work,
                                                      double *w, double *residual);

/* Constant a_c instead of the loss's gradient: the flow climbs J(w) = sum_c a_c E relu(w.(x, 1)).
 * J is homogeneous of degree 1, so by Euler's identity d/dt ||w||^2/2 = w.grad J = J. Hence a
 * critical point has J = 0, and from J(0) > 0, which can only grow, ||w||^2 >= ||w(0)||^2 +
 * 2 J(0) t: no finite attractor. While J < 0, ||w|| shrinks; J may turn positive and the node
 * revive, but not where all a_c are negative. Derived here. */
double attndyn_critical_objective(const struct attndyn_critical *critical, const double *weights,
                                  const double *w);

/* The distance of v from the span of {centre_c - centre_0}, over ||v||. */
double attndyn_critical_outside_differences(const struct attndyn_critical *critical,
                                            struct attndyn_critical_workspace *work,
                                            const double *v);

#endif
