/* The transformer in its own parameters: embedding U, value W_V, query and key W_Q, W_K.
 *
 *     Y = U W_V^T U^T  (M, M),   Z = s U W_Q W_K^T U^T  (rows of last tokens),   s = 1 or 1/sqrt(d)
 *
 * (Scan&Snap, arXiv 2305.16380, section 3: the change of variables to Y and Z; LN acts on the
 * bag-of-words vector). Gradient flow in these parameters, with G_Y and G_Z minus the gradients of
 * the loss in Y and Z (flow.h, at unit rates):
 *     dW_V/dt = eta_y (U^T G_Y U)^T
 *     dW/dt   = eta_z G_W,  G_W = s U_last^T G_Z U                    (W = W_Q W_K^T trained as
 * one) dW_Q/dt = eta_z G_W W_K,  dW_K/dt = eta_z G_W^T W_Q             (trained separately) dU/dt
 * = eta_u (G_Y U W_V + G_Y^T U W_V^T + s (G_Z U W^T at the last tokens + G_Z^T U_last W)) Only with
 * W as one, U fixed and U U^T = I is this the flow of Y and Z. The output embedding is U: the
 * decoder's columns are the vocabulary.
 */
#ifndef ATTNDYN_MODEL_SCANSNAP_ORIGINAL_H
#define ATTNDYN_MODEL_SCANSNAP_ORIGINAL_H

#include "flow.h"

struct attndyn_original_options {
    size_t width;  /* d; at least M for an orthonormal U */
    bool gaussian; /* U: entries N(0, 1/d) instead of orthonormal rows */
    bool separate; /* W_Q and W_K instead of their product */
    bool train_u;
    double eta_u;        /* rate of U where it is trained; 0: eta_y */
    bool classes_only;   /* decode over the classes' next tokens alone: V = K instead of V = M */
    bool scaled;         /* s = 1/sqrt(d) */
    double eta_y, eta_z; /* rates of W_V, and of W or W_Q and W_K */
    double initial_sd;   /* of W_V and of W, or of W_Q and W_K: normal; 0: zeros */
    bool identity;       /* W_Q = W_K = I at first */
    uint64_t seed;
};

struct attndyn_original {
    struct attndyn_original_options options;
    size_t tokens, last_tokens;        /* M, L */
    double scale;                      /* s */
    struct attndyn_flow *flow;         /* the Y/Z flow at unit rates, every column carried */
    struct attndyn_distribution *data; /* what the flow sees */
    size_t n; /* state: W_V (d, d); W (d, d), or W_Q then W_K; U (M, d) if trained */
    size_t at_w, at_u;
    double *U;                          /* (M, d), at first */
    double *initial;                    /* (n) */
    struct attndyn_ode_problem problem; /* no quadratures */
    struct attndyn_original_work *work; /* private */
};

/* The distribution must know its next and last tokens (columns = vocabulary). */
enum attndyn_status attndyn_original_create(struct attndyn_context *ctx,
                                            const struct attndyn_distribution *distribution,
                                            const struct attndyn_original_options *options,
                                            struct attndyn_original **model);
/* Y: (M, M), Y[l][j] the logit that token l gives to token j; Z: (L, M), s included. */
void attndyn_original_matrices(struct attndyn_original *model, const double *y, double *Y,
                               double *Z);
/* Minus the gradients of the loss in Y: GY (M, M), and in the rows of last tokens of Z: GZ (L, M),
 * at any Y (M, M) and Z (L, M). */
enum attndyn_status attndyn_original_pull(struct attndyn_original *model, const double *Y,
                                          const double *Z, double *GY, double *GZ);
double attndyn_original_loss(struct attndyn_original *model, const double *y);
/* The token of column j of the flow's decoder, (flow->columns): class columns first, then the
 * others. */
const size_t *attndyn_original_columns(const struct attndyn_original *model);

#endif
