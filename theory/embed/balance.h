/* What is conserved when all of Scan&Snap's original parameters learn, and what it says of the Gram
 * matrix of the embeddings.
 *
 * Y = U W_V^T U^T, Z = U W U^T (W = W_Q W_K^T): U (M, d), W_V, W, W_Q, W_K (d, d), row-major. U ->
 * U S, W_V^T -> S^-1 W_V^T S^-T, W -> S^-1 W S^-T leaves Y and Z alone for every invertible S, and
 * such a linear symmetry conserves a quadratic form of the gradient flow (the method is that of
 * arXiv 2012.04728). All exact; derived here. */
#ifndef ATTNDYN_THEORY_EMBED_BALANCE_H
#define ATTNDYN_THEORY_EMBED_BALANCE_H

#include <stdbool.h>
#include <stddef.h>

/* U^T U/eta_u - (W_V^T W_V + W_V W_V^T)/eta_v - (W^T W + W W^T)/eta_w, constant: law (d, d). */
void attndyn_balance_one(size_t M, size_t d, const double *U, const double *WV, const double *W,
                         double eta_u, double eta_v, double eta_w, double *law);
/* The same with W_Q, W_K apart, both at eta_w: W_Q W_Q^T + W_K W_K^T in the last term; and
 * heads (d, d) = (W_Q^T W_Q - W_K^T W_K)/eta_w, which is constant by itself. */
void attndyn_balance_apart(size_t M, size_t d, const double *U, const double *WV, const double *WQ,
                           const double *WK, double eta_u, double eta_v, double eta_w, double *law,
                           double *heads);

/* From U U^T = I, W_V = W = 0 the Gram matrix Gamma = U U^T is an algebraic function of Y and Z (M,
 * M): Gamma (Gamma - I)/eta_u = (Y Gamma^-1 Y^T + Y^T Gamma^-1 Y)/eta_v + the same of Z at eta_w.
 * residual (M, M): left less right. false: Gamma is singular. work: (4 M^2). */
bool attndyn_balance_gram(size_t M, const double *gamma, const double *Y, const double *Z,
                          double eta_u, double eta_v, double eta_w, double *residual, double *work);
/* [leading] Gamma - I = eta_u [(Y Y^T + Y^T Y)/eta_v + (Z Z^T + Z^T Z)/eta_w]: excess (M, M). */
void attndyn_balance_gram_early(size_t M, const double *Y, const double *Z, double eta_u,
                                double eta_v, double eta_w, double *excess);

#endif
