/* The order task by SGD on sampled contexts: noise leaves the saddle that the flow cannot leave.
 *
 * Two classes, tokens A and B, two buckets of T/2 tokens each; in class 1 a near token is A with
 * probability (1 + m)/2 and a far one with (1 - m)/2, in class 2 the other way round. All
 * parameters start at 0: decoder Y (2, 2) at the rate lr_y, position logits p (2) at lr_p; content
 * logits are left out. A sample's bag is c_l = sum_r count_rl e^(p_r), f = c/|c| (position/flow.h);
 * SGD on the mean cross-entropy of a batch of B samples, half of each class. */
#ifndef ATTNDYN_MODEL_NOISE_ORDER_SGD_H
#define ATTNDYN_MODEL_NOISE_ORDER_SGD_H

#include "../../num/ode.h"

struct attndyn_order_sgd_options {
    double lr_y, lr_p; /* > 0 */
    double m;          /* (0, 1] */
    size_t T, B;       /* even, >= 2 */
    double threshold;  /* |p_1 - p_2| at which a run has escaped */
    long max_steps;
};

/* Steps to the threshold, from 0: *steps, as a real number (linear between the last two); NAN where
 * max_steps do not get there. The stream is that of (seed, run). */
enum attndyn_status attndyn_order_sgd_escape(struct attndyn_context *ctx,
                                             const struct attndyn_order_sgd_options *options,
                                             uint64_t seed, uint64_t run, double *steps);
/* One step's ascent direction of a batch whose counts of A are given: near and far (B) of T/2
 * tokens each, sample i of class i % 2. Y (2, 2), p (2): in; dY, dp: out. Returns the mean loss. */
double attndyn_order_sgd_gradient(size_t T, size_t B, const unsigned *near, const unsigned *far,
                                  const double *Y, const double *p, double *dY, double *dp);

/* The flow of the same task without noise, T -> infinity: y and X as in position/order.h, with
 * h = sqrt(2) m t/sqrt(1 + m^2 t^2), t = tanh(X/2); time counts steps. */
struct attndyn_order_drift {
    double lr_y, lr_p, m;
};
struct attndyn_ode_problem attndyn_order_drift_problem(const struct attndyn_order_drift *model);

#endif
