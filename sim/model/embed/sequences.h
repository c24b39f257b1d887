/* One attention layer with trained value embeddings on given sequences: norm or none, softmax or
 * exp, one head or several, a residual before or behind the norm, a linear map or an MLP above.
 *
 * Sample i has tokens x_i1 .. x_iT, a query m_i and a label. Per head h
 *     b_t ~ exp(z^h_ml + p_t), l = x_t      (softmax: sum 1; exp: as it is)
 *     v^h = sum_t b_t u_l,   s^h = norm of v^h (below),   s = (s^1 .. s^H),
 *     logits W2 s, or W2 tanh(W1 s) with hidden units; cross-entropy, mean over the samples.
 * What is conserved (derived here): replacing u_l by e^-e u_l and z^h_ml by z^h_ml + e for all h
 * and m changes nothing where the attention's output is normalised before anything else happens to
 * it (softmax or exp), or where exp attention is not normalised at all. Then every token keeps
 *     sum_{h,m} z^h_ml/eta_z - |u_l|^2/(2 eta_u).
 * State, row-major: U (M, d) | z (H, L, M) | p (T) | E (L, d) | W1 (hidden, H d) | W2 (V, last). */
#ifndef ATTNDYN_MODEL_EMBED_SEQUENCES_H
#define ATTNDYN_MODEL_EMBED_SEQUENCES_H

#include "../../base/random.h"
#include "../../num/ode.h"

enum attndyn_sequences_norm {
    ATTNDYN_SEQUENCES_NONE,     /* s = v */
    ATTNDYN_SEQUENCES_L2,       /* s = v/|v|, per head */
    ATTNDYN_SEQUENCES_RMS,      /* s = sqrt(d) v/|v|, per head */
    ATTNDYN_SEQUENCES_JOINT,    /* all heads over one norm */
    ATTNDYN_SEQUENCES_RESIDUAL, /* s = v + e_m: JoMA */
    ATTNDYN_SEQUENCES_AFTER,    /* s = v/|v| + e_m */
    ATTNDYN_SEQUENCES_INSIDE    /* s = (v + e_m)/|v + e_m| */
};

struct attndyn_sequences_options {
    size_t tokens, queries, outputs; /* M, L, V */
    size_t width, heads, hidden;     /* d, H; hidden 0: linear above */
    size_t context, count;           /* T; samples */
    bool exponential;                /* attention exp instead of softmax */
    enum attndyn_sequences_norm norm;
    double eta_u, eta_z, eta_w; /* of U and E; of z and p; of W1 and W2: >= 0 */
    bool orthonormal;           /* U and E: rows of one orthonormal set (M + L <= d) */
    double spread;              /* sd of the other parameters at first (U, E: 1/sqrt(d)) */
    uint64_t seed;              /* of samples (uniform) and of parameters */
};

struct attndyn_sequences {
    struct attndyn_sequences_options options;
    size_t *token, *query, *label; /* (count, T), (count), (count): may be overwritten */
    size_t n, at_z, at_p, at_E, at_W1, at_W2, inner; /* inner: columns of W2 */
    double *initial;                                 /* (n) */
    double *work, *step;                             /* private */
    /* the flow on all samples; its event: what is normalised comes within ATTNDYN_SEQUENCES_EMPTY
     * of 0, where the norm, and with it the flow, is singular */
    struct attndyn_ode_problem problem;
};
#define ATTNDYN_SEQUENCES_EMPTY 1e-3 /* embeddings have length 1 at first */

enum attndyn_status attndyn_sequences_create(struct attndyn_context *ctx,
                                             const struct attndyn_sequences_options *options,
                                             struct attndyn_sequences **model);
/* Mean loss of the samples subset[0 .. count), NULL: all; ascent: (n) minus its gradient. */
double attndyn_sequences_gradient(struct attndyn_sequences *model, const double *y,
                                  const size_t *subset, size_t count, double *ascent);
/* The least norm that is divided by, over samples and heads; infinite where nothing is. */
double attndyn_sequences_bag(const struct attndyn_sequences *model, const double *y);
/* One step of SGD, y += lr eta o ascent; adds |step of u_l|^2 to squares: (M). Returns the loss. */
double attndyn_sequences_step(struct attndyn_sequences *model, double *y, double lr,
                              const size_t *subset, size_t count, double *squares);
/* sum_{h,m} z^h_ml: (M), and |u_l|^2: (M). */
void attndyn_sequences_tokens(const struct attndyn_sequences *model, const double *y, double *sum_z,
                              double *norm2);
/* The learning rate of entry k. */
double attndyn_sequences_rate(const struct attndyn_sequences *model, size_t k);

#endif
