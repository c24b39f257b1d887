/* One training example of the Y/Z model, forward and back: what the population flow does for a
 * class and SGD for a sample.
 *
 * f = c/|c|_2 (the paper's LN: l2 normalisation alone), logits x = Y^T f, r = e_own - softmax(x),
 * g = Y r. Minus the gradient of the cross-entropy is then f r^T in Y and f o (g - f (f . g)) in z
 * (Scan&Snap, arXiv 2305.16380, the dynamics of Y and Z in section 3).
 */
#ifndef ATTNDYN_MODEL_SCANSNAP_EXAMPLE_H
#define ATTNDYN_MODEL_SCANSNAP_EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>

/* f <- f / |f|_2. f: (count) */
void attndyn_example_normalise(size_t count, double *f);

/* x: (width) logits in, r out. The last column stands for `never` equal ones (1: for itself). The
 * diagonal r[own] = 1 - alpha_own is the sum of the other alphas. Returns it; *alpha: alpha_own. */
double attndyn_example_residual(size_t width, size_t own, double never, double *x, double *alpha);

/* push_i = rate f_i (g_i - f_i s) with s = f . g, which is returned. All (count). */
double attndyn_example_push(size_t count, double rate, const double *f, const double *g,
                            double *push);

/* -log alpha, from the side that keeps its digits when alpha is near 1. */
double attndyn_example_loss(double alpha, double delta);

/* Entropies (natural logarithm) of c: (count), sum 1: over all of it, and over the entries marked
 * distinct, renormalised to 1 (NaN if there are none). */
struct attndyn_example_entropy {
    double support, distinct, common_mass;
};
struct attndyn_example_entropy attndyn_example_entropy(size_t count, const double *c,
                                                       const bool *distinct);

#endif
