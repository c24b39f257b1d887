/* One quadratic node on modular addition, climbing its energy.
 *
 * Inputs (x, y) in Z_p x Z_p, answer x + y mod p; the node sees (w1_x + w2_y)^2. Its energy is half
 * the squared covariance with the answers, E = (1/2) sum_c (2 (w1 * w2)_c - mean)^2 with * the
 * cyclic convolution (the squares alone are the same for every answer): what grokking climbs in its
 * second stage (arXiv 2509.21519, 2410.01779). Gradient ascent in the path length s, dw/ds = grad
 * E/|grad E|, dt/ds = 1/|grad E|, so that the flow does not blow up in s. State: w1 (p) | w2 (p) |
 * t. */
#ifndef ATTNDYN_MODEL_RIVALS_FREQUENCIES_H
#define ATTNDYN_MODEL_RIVALS_FREQUENCIES_H

#include "../../num/ode.h"

struct attndyn_frequencies {
    size_t p;
    double *work; /* private */
    struct attndyn_ode_problem problem;
};
/* p >= 3. */
enum attndyn_status attndyn_frequencies_create(struct attndyn_context *ctx, size_t p,
                                               struct attndyn_frequencies **model);
double attndyn_frequencies_energy(const struct attndyn_frequencies *model, const double *w);
/* Its gradient: (2 p). */
void attndyn_frequencies_gradient(const struct attndyn_frequencies *model, const double *w,
                                  double *gradient);
/* |w^_k|^2 of a real sequence w (p), frequencies 1 .. (p-1)/2: power ((p-1)/2). */
void attndyn_frequencies_power(size_t p, const double *w, double *power);

#endif
