/* The induction task: find the segment that holds the queried A, answer with its B.
 *
 * A context is the Q segments (A_i, B_pi(i)) of a random permutation pi, each diluted with G
 * commons; query q (uniform) wants B_pi(q). Layer 1 attends inside the segments (z1), layer 2 over
 * them with one row zeta_q per query, the decoder reads the bag (the layers are those of
 * two_level.h). All Q! permutations are enumerated. All bags are alike: one flat layer stays at ln
 * Q. State, row-major: Y (M, Q) | zeta (Q, M) | z1 (M).
 *
 * Reduced (derived here): with z1 fixed the symmetric flow has one gap alpha of zeta_q between the
 * queried A and the others and one gain y of the decoder on B. With s = alpha sqrt(c2/2), w =
 * e^s/(e^s + Q - 1), w' = (1 - w)/(Q - 1) and c2 the share of A and B in a segment's squared norm,
 *     u = y h, h = sqrt(c2/2) (w - w')/sqrt(c2 (w^2 + (Q-1) w'^2) + 1 - c2),
 *     dy/dt = eta_Y (delta/(Q-1)) h,   dalpha/dt = eta_zeta (delta/(Q-1)) y dh/dalpha. */
#ifndef ATTNDYN_MODEL_LAYERS_INDUCTION_PRIVATE_H
#define ATTNDYN_MODEL_LAYERS_INDUCTION_PRIVATE_H

#include "../../num/ode.h"

#include <complex.h>
#undef I /* a short name that others use: _Complex_I here */

struct attndyn_segments;

struct attndyn_induction_options {
    size_t Q, G;                   /* 2 <= Q <= 6 */
    double a;                      /* a = 1 with G = 0 */
    double eta_y, eta_zeta, eta_1; /* >= 0 */
};

struct attndyn_induction {
    struct attndyn_induction_options options;
    struct attndyn_segments *segments;
    size_t M, n, at_zeta, at_z1;
    size_t permutations;              /* Q! */
    size_t *permutation;              /* (Q!, Q) */
    double *rate;                     /* (n) */
    double complex *theta, *gradient; /* (n) scratch */
    struct attndyn_ode_problem problem;
};

enum attndyn_status attndyn_induction_create(struct attndyn_context *ctx,
                                             const struct attndyn_induction_options *options,
                                             struct attndyn_induction **model);
/* The loss at theta: (n); gradient: (n) out, the ascent direction. */
double complex attndyn_induction_gradient(struct attndyn_induction *model,
                                          const double complex *theta, double complex *gradient);
/* The top rate of the linearised flow at the origin, from the coupling of Y with (zeta, z1) by
 * complex steps (see two_level.h); *z1: the largest entry of the coupling with z1, relative to that
 * with zeta: layer 1 takes no part at linear order. */
enum attndyn_status attndyn_induction_rate(struct attndyn_context *ctx,
                                           struct attndyn_induction *model, double *lambda,
                                           double *z1);

/* The reduced flow: y and alpha. */
struct attndyn_induction_reduced {
    double Q, c2, eta_y, eta_zeta;
};
enum { ATTNDYN_INDUCTION_Y, ATTNDYN_INDUCTION_ALPHA, ATTNDYN_INDUCTION_STATES };
struct attndyn_ode_problem attndyn_induction_reduced_problem(
    const struct attndyn_induction_reduced *model);
double attndyn_induction_reduced_loss(const struct attndyn_induction_reduced *model,
                                      const double *y);

#endif
