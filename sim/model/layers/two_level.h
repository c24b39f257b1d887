/* Two attention layers on a two-level tree: classes that differ in which tokens share a latent.
 *
 * Class n, of Q: the segments (i, i + n mod Q), i uniform (segments_private.h). All classes have
 * the same bag of tokens, so that a flat layer cannot tell them apart. Layer 2 has one query, zeta;
 * the population is enumerated exactly. Loss = (1/Q) sum_n -ln alpha_n, plus local_weight times the
 * local task of layer 1, whose decoders learn at eta_y. State, row-major:
 *     Y (M, Q) | zeta (M) | z1 (M) | with a local task: A (M, Q) | B (M, Q) */
#ifndef ATTNDYN_MODEL_LAYERS_TWO_LEVEL_H
#define ATTNDYN_MODEL_LAYERS_TWO_LEVEL_H

#include "../../num/ode.h"
#include "segments_private.h"

struct attndyn_two_level_options {
    size_t Q, G;
    double a;
    double eta_y, eta_zeta, eta_1; /* >= 0 */
    double local_weight;           /* >= 0; 0: no local task, no decoders for it */
};

struct attndyn_two_level {
    struct attndyn_two_level_options options;
    struct attndyn_segments *segments;
    size_t M, n;                             /* tokens; length of the state */
    size_t at_Y, at_zeta, at_z1, at_A, at_B; /* where the parts begin; at_A = at_B = n without */
    double *rate;                            /* (n) learning rate of each entry */
    double complex *theta, *gradient;        /* (n) scratch */
    size_t *partner;                         /* (Q) scratch */
    struct attndyn_ode_problem problem;      /* the flow in time */
};

enum attndyn_status attndyn_two_level_create(struct attndyn_context *ctx,
                                             const struct attndyn_two_level_options *options,
                                             struct attndyn_two_level **model);
/* The loss at theta: (n); gradient: (n) out, the ascent direction -dLoss/dtheta. */
double complex attndyn_two_level_gradient(struct attndyn_two_level *model,
                                          const double complex *theta, double complex *gradient);
/* Column `entry` of minus the Hessian at y: (n), by a complex step: column: (n). */
void attndyn_two_level_hessian_column(struct attndyn_two_level *model, const double *y,
                                      size_t entry, double *column);

struct attndyn_two_level_seen {
    double loss;       /* of level 2 alone, without the local task */
    double loss_local; /* of the local task, unweighted; 0 without */
    double c2;         /* share of A_i, B_j in |x_s|^2, mean over the segments */
    double c2_first;   /* of the segment (A_1, B_1) alone */
    double attention;  /* largest weight of layer 2, mean over the classes */
};
void attndyn_two_level_see(struct attndyn_two_level *model, const double *y,
                           struct attndyn_two_level_seen *seen);

/* The linearised flow at the origin, from second derivatives of the enumerated loss. There the
 * loss depends on attention only through Y, so that minus the Hessian couples Y with (zeta, z1)
 * through one block C and has none within (zeta, z1); its block within Y is negative semidefinite
 * and acts on the one direction f that all classes share, to which C is orthogonal because f keeps
 * its norm. Hence lambda, the top rate, is the largest singular value of sqrt(eta) C sqrt(eta).
 * The three conditions are measured, not assumed: */
struct attndyn_two_level_rates {
    double lambda;       /* top rate */
    size_t multiplicity; /* singular values within 1e-9 of it */
    double within;       /* largest entry of minus the Hessian within (zeta, z1), relative to C */
    double along;        /* largest entry of f^T C, relative to C */
    double other;        /* largest rate not among those, relative to lambda */
};
enum attndyn_status attndyn_two_level_linearise(struct attndyn_context *ctx,
                                                struct attndyn_two_level *model,
                                                struct attndyn_two_level_rates *rates);
/* All rates at any point y: (n), rising, from the dense symmetrised Hessian: O(n^3). rates: (n). */
enum attndyn_status attndyn_two_level_spectrum(struct attndyn_context *ctx,
                                               struct attndyn_two_level *model, const double *y,
                                               double *rates);

#endif
