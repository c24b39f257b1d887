/* The model that joint.h reduces, in its original parameters: W (d, K) and z (Q, M), with explicit
 * orthonormal embeddings [U_C, u_0 .. u_{Q-1}] (d, M + Q), f_i = U_C b_i + u_m, y_i = W^T f_i. Slow
 * and plain, and with nothing of joint.c in it, because the two are held against each other:
 *   - the gradient by backpropagation, with the explicit Jacobian of b and matrix of f;
 *   - the objective (minus the loss) in complex arithmetic, so that its derivative along any
 *     direction is known to roundoff (complex step).
 */
#ifndef ATTNDYN_MODEL_JOMA_FULL_H
#define ATTNDYN_MODEL_JOMA_FULL_H

#include "../../base/random.h"
#include "joint.h"

struct attndyn_joma_full {
    const struct attndyn_joma *model;
    size_t dimension; /* d >= M + Q */
    double *u;        /* (d, M + Q): orthonormal columns, tokens first */
    double *w;        /* (d, K) */
    double *z;        /* (Q, M) */
};

/* Random orthonormal embeddings (Gram-Schmidt, twice, of normal draws), W = U [V; xi] + a random
 * part outside their span, z: a full model whose reduction is `state`. */
enum attndyn_status attndyn_joma_full_create(struct attndyn_context *ctx,
                                             const struct attndyn_joma *model, size_t dimension,
                                             struct attndyn_random *random, const double *state,
                                             struct attndyn_joma_full *full);
/* Minus the loss at full->w, full->z, and its derivative along (w: (d, K), z: (Q, M)), as
 * Im objective(x + i h direction)/h with h = 1e-100. */
enum attndyn_status attndyn_joma_full_objective(struct attndyn_context *ctx,
                                                const struct attndyn_joma_full *full,
                                                const double *along_w, const double *along_z,
                                                double *objective, double *slope);
/* Its gradient at full->w, full->z by backpropagation; dw: (d, K), dz: (Q, M). */
enum attndyn_status attndyn_joma_full_gradient(struct attndyn_context *ctx,
                                               const struct attndyn_joma_full *full, double *dw,
                                               double *dz);
/* Projects w-like (d, K) and z-like (Q, M) arrays on a reduced state: U_C^T w, u_q^T w, z. Returns
 * the largest entry of the part of w outside the span of the embeddings. */
double attndyn_joma_full_reduce(const struct attndyn_joma_full *full, const double *w,
                                const double *z, double *state);

#endif
