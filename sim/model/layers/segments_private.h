/* Two attention layers on segments: what the two-level tree and the induction task share.
 *
 * A segment s = (i, j) in Z_Q x Z_Q holds the token A_i and the token B_j, each of probability a/2,
 * and G common tokens that share the rest. Tokens: A_i is i, B_j is Q + j, commons follow:
 * M = 2 Q + G. Layer 1 makes of every segment one vector, layer 2 attends to Q of these:
 *     x_s = LN(P(.|s) o e^z1),   c = sum_s softmax(zeta . x_s) x_s,   f = LN(c),   logits Y^T f,
 * LN(v) = v/|v|. z1: (M) is shared by all segments, zeta: (M) a row per query, Y: (M, Q) row-major.
 *
 * Everything is in complex numbers and holomorphic (no conjugates, no absolute values), so that a
 * step of 1e-30 i in one parameter gives exact second derivatives. An "example" is one bag of Q
 * segments with its answer. Gradients here are ascent directions: minus those of the loss. */
#ifndef ATTNDYN_MODEL_LAYERS_SEGMENTS_PRIVATE_H
#define ATTNDYN_MODEL_LAYERS_SEGMENTS_PRIVATE_H

#include "../../base/context.h"

#include <complex.h>
#undef I /* a short name that others use: _Complex_I here */

struct attndyn_segments {
    size_t Q, G, M;
    double key, common;   /* probabilities of A_i (and of B_j), and of each common token */
    double complex *x;    /* (Q, Q, 2 + G): entries A_i, B_j, commons of x_s */
    double complex *gx;   /* the same: sum over examples of the ascent direction in x_s */
    double complex *work; /* private */
};

/* Q >= 2, 0 < a <= 1; a = 1 without commons (G = 0), and only then. */
enum attndyn_status attndyn_segments_create(struct attndyn_context *ctx, size_t Q, size_t G,
                                            double a, struct attndyn_segments **segments);
/* Fills x from z1: (M), and clears gx. */
void attndyn_segments_forward(struct attndyn_segments *segments, const double complex *z1);
/* One example: the segments (i, partner[i]), i = 0 .. Q-1, answer in 0 .. Q-1, of this weight.
 * Returns weight times its loss; adds weight times the ascent directions to dY (M, Q), dzeta (M)
 * and gx. attention: (Q) or NULL, out: layer 2's weights; f: (M) or NULL, out. */
double complex attndyn_segments_example(struct attndyn_segments *segments, const size_t *partner,
                                        size_t answer, double weight, const double complex *zeta,
                                        const double complex *Y, double complex *dzeta,
                                        double complex *dY, double complex *attention,
                                        double complex *f);
/* A local task of layer 1: tell i and j of every segment from x_s through decoders of its own,
 * A and B: (M, Q), all Q^2 segments alike, this weight. Returns the loss, adds as above. */
double complex attndyn_segments_local(struct attndyn_segments *segments, double weight,
                                      const double complex *A, const double complex *B,
                                      double complex *dA, double complex *dB);
/* Adds to dz1: (M) what gx says. */
void attndyn_segments_backward(struct attndyn_segments *segments, double complex *dz1);

/* -log softmax(logits)[answer]; r: (count) out: e_answer - softmax. Holomorphic. */
double complex attndyn_segments_softmax(size_t count, const double complex *logits, size_t answer,
                                        double complex *r);

/* A flow's dydt (n) = rate o Re ascent; returns 1 where that is not finite, else 0. */
int attndyn_segments_rates(size_t n, const double *rate, const double complex *ascent,
                           double *dydt);

#endif
