/* Gradient ascent through projections (GaLore, arXiv 2403.03507, Definition 3.6 and Theorem 3.8,
 * with the identity for rho_t): R = P^T G Q, W <- W + eta P R Q^T, P (m, r), Q (n, r) with
 * orthonormal columns; one-sided: Q = I.
 */
#ifndef ATTNDYN_MODEL_LOWRANK_PROJECTION_H
#define ATTNDYN_MODEL_LOWRANK_PROJECTION_H

#include "parametric.h"

struct attndyn_projection {
    size_t m, n, r;
    double *P; /* (m, r) */
    double *Q; /* (n, r); NULL: one-sided */
    double *work;
};

/* P, Q not yet set; owned by ctx. 1 <= r <= min(m, n). */
enum attndyn_status attndyn_projection_create(struct attndyn_context *ctx, size_t m, size_t n,
                                              size_t r, bool two_sided,
                                              struct attndyn_projection *projection);
/* The r leading singular vectors of G (m, n), left and (two-sided) right. */
enum attndyn_status attndyn_projection_from(struct attndyn_context *ctx, const double *G,
                                            struct attndyn_projection *projection);
/* R (r, r), one-sided (r, n). */
void attndyn_projection_reduce(struct attndyn_projection *projection, const double *G, double *R);
/* W += eta P R Q^T. */
void attndyn_projection_lift(struct attndyn_projection *projection, double eta, const double *R,
                             double *W);
/* The parametric gradient that R obeys: A^ = P^T A Q, B^_i = P^T B_i P, C^_i = Q^T C_i Q (r by r;
 * one-sided: C_i), so that its S is S^ and its gradient at Y is P^T G(P Y Q^T) Q. Two-sided W is
 * set to the zero matrix: R_0 is not its gradient there unless W_0 lies in the subspace. */
enum attndyn_status attndyn_projection_restrict(struct attndyn_context *ctx,
                                                struct attndyn_projection *projection,
                                                const struct attndyn_parametric *g,
                                                struct attndyn_parametric *restricted);
/* kappa = (1/N) sum_i lambda_min(B_i) lambda_min(C_i) of a (restricted) parametric gradient. */
enum attndyn_status attndyn_parametric_kappa(struct attndyn_context *ctx,
                                             const struct attndyn_parametric *g, double *kappa);

#endif
