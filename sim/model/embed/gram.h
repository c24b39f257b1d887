/* The original parameters U, W_V, W in closed form: the flow of Y, Z and the Gram matrix alone.
 *
 * With U of full row rank and W_V, W in its row space (a zero start is) the flow of original.h with
 * W as one closes on Y = U W_V^T U^T, Z = U W U^T (M, M) and Gamma = U U^T, whatever the width
 * (derived here): with S = eta_u (G_Y Y^T + G_Y^T Y + G_Z Z^T + G_Z^T Z), G minus the gradients,
 *     dGamma/dt = S + S^T
 *     dY/dt = eta_v Gamma G_Y Gamma + S Gamma^-1 Y + Y Gamma^-1 S^T;  dZ/dt the same at eta_w.
 * G_Z has rows at last tokens only; the other rows of Z move with Gamma. State, row-major (M, M)
 * each: Y | Z | Gamma. */
#ifndef ATTNDYN_MODEL_EMBED_GRAM_H
#define ATTNDYN_MODEL_EMBED_GRAM_H

#include "../scansnap/original.h"

struct attndyn_gram {
    struct attndyn_original *original; /* for G_Y and G_Z; kept */
    double eta_u, eta_v, eta_w;
    size_t M, n;  /* n = 3 M^2 */
    double *work; /* private */
    int *pivots;  /* private */
    struct attndyn_ode_problem problem;
};

enum attndyn_status attndyn_gram_create(struct attndyn_context *ctx,
                                        struct attndyn_original *original, double eta_u,
                                        double eta_v, double eta_w, struct attndyn_gram **model);
/* Y = Z = 0, Gamma = I: y (n). */
void attndyn_gram_start(const struct attndyn_gram *model, double *y);

#endif
