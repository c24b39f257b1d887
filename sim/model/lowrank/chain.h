/* Chains of reversible layers and the form of their gradients (GaLore, arXiv 2403.03507, section
 * 3.2, Theorem 3.2): f_l = K_l(f_{l-1}) f_{l-1} with the backward map K_l^T, here fully connected
 * layers with the gates of a homogeneous activation,
 *
 *     f_l = D_l W_l f_{l-1},   D_l = diag(gate(W_l f_{l-1})),   l = 1..depth,
 *
 * gate(y) = 1 (linear), 1 or 0 (ReLU), 1 or slope (leaky ReLU); no gate on the last layer.
 * With J_l = W_L D_{L-1} W_{L-1} ... W_{l+1} D_l (K_out, width_l) the descent direction of the
 * squared loss (1/2N) sum ||y - f_L||^2 is
 *
 *     G_l = (1/N) sum_i ( J^T y - J^T J W_l f_{l-1} ) f_{l-1}^T :   A_i = J^T y f^T, B_i = J^T J,
 *                                                                  C_i = f f^T,
 * an identity at each instant, with coefficients that move with the weights.
 *
 * Batches are row-major with one sample per row.
 */
#ifndef ATTNDYN_MODEL_LOWRANK_CHAIN_H
#define ATTNDYN_MODEL_LOWRANK_CHAIN_H

#include "../../base/random.h"

enum attndyn_chain_activation {
    ATTNDYN_CHAIN_LINEAR,
    ATTNDYN_CHAIN_RELU,
    ATTNDYN_CHAIN_LEAKY_RELU
};

enum attndyn_chain_loss { ATTNDYN_CHAIN_SQUARED, ATTNDYN_CHAIN_SOFTMAX };

struct attndyn_chain {
    size_t depth, N;
    size_t *width; /* depth + 1 */
    enum attndyn_chain_activation activation;
    double slope; /* leaky ReLU: the gate of negative inputs */
    /* Indexed by layer, 1..depth (f: 0..depth). */
    double **W;                  /* (width[l], width[l-1]) */
    double **G;                  /* as W: descent direction of the loss */
    double **f;                  /* (N, width[l]); f[0] is the input */
    double **gate;               /* (N, width[l]) */
    double *delta, *delta_below; /* (N, widest): dLoss/df, descending through the layers */
    double *J, *J_below;         /* (width[depth], widest) */
};

/* Everything zeroed, owned by ctx; width is copied. Needs depth >= 1. */
enum attndyn_status attndyn_chain_create(struct attndyn_context *ctx, size_t depth,
                                         const size_t *width, size_t N,
                                         enum attndyn_chain_activation activation, double slope,
                                         struct attndyn_chain *chain);
/* W_l = scale * normal / sqrt(width[l-1]), l = 1..depth in order, row-major. */
void attndyn_chain_draw(struct attndyn_chain *chain, struct attndyn_random *random, double scale);

/* f[1..depth] and gates from f[0]. */
void attndyn_chain_forward(struct attndyn_chain *chain);
/* Mean loss after attndyn_chain_forward; Y (N, width[depth]), rows that sum to 1 for softmax. */
double attndyn_chain_loss(const struct attndyn_chain *chain, enum attndyn_chain_loss loss,
                          const double *Y);
/* G[1..depth] by backpropagation, after attndyn_chain_forward. */
void attndyn_chain_backward(struct attndyn_chain *chain, enum attndyn_chain_loss loss,
                            const double *Y);
/* G (width[l], width[l-1]) of layer l by the J^T form, after attndyn_chain_forward. Squared loss:
 * exact. Softmax: its linear part at small logits, y - softmax(f) ~ P y - P f / K with
 * P = I - 11^T / K (GaLore, Lemma B.2). */
void attndyn_chain_gradient_form(struct attndyn_chain *chain, enum attndyn_chain_loss loss,
                                 size_t layer, const double *Y, double *G);
/* What A_i, B_i, C_i frozen at the chain's present state (gates, f, J) give at other weights W
 * (width[l], width[l-1]) of that layer: the constant-coefficient dynamics of Lemma 3.3. Squared
 * loss. */
void attndyn_chain_gradient_frozen(struct attndyn_chain *chain, size_t layer, const double *Y,
                                   const double *W, double *G);
/* W_l += eta G_l, all layers. */
void attndyn_chain_step(struct attndyn_chain *chain, double eta);
/* J_l of one sample (width[depth], width[l]), after attndyn_chain_forward; points into chain. */
const double *attndyn_chain_jacobian(struct attndyn_chain *chain, size_t layer, size_t sample);

#endif
