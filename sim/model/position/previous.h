/* The previous-token head, reduced: the answer stands in one bucket, all others are noise.
 *
 * K classes; bucket r_star holds the class's own token, the other buckets tokens uniform over the
 * K; shares pi_r. By the symmetry of the classes the content logits stay 0 and the decoder has one
 * gain y (derived here from flow.h): with x = K pi_* e^(p_*)/sum_far pi_r e^(p_r), X = ln x, gap u
 * = y h, h = x/sqrt((x+1)^2 + K-1),   dy/dt = eta_y (delta/(K-1)) h, dp_r/dt = eta_p delta y h'(X)
 * ([r = *] - q_r),   q the far buckets' shares in their sum, delta = (K-1)/(K-1+e^u); p = Phi
 * theta, dtheta = Phi^T dp, as in flow.h. State: y | theta. */
#ifndef ATTNDYN_MODEL_POSITION_PREVIOUS_H
#define ATTNDYN_MODEL_POSITION_PREVIOUS_H

#include "flow.h"

struct attndyn_previous {
    size_t K, R, near, P, n;                  /* near: the answer's bucket, from 0 */
    struct attndyn_positions_options options; /* eta_z and apart are not used */
    double *share;                            /* (R) */
    double *Phi, *work;                       /* (R, P); private */
    struct attndyn_ode_problem problem;
};

/* share: (R), sum 1, or NULL for equal ones. */
enum attndyn_status attndyn_previous_create(struct attndyn_context *ctx, size_t K, size_t R,
                                            size_t near, const double *share,
                                            const struct attndyn_positions_options *options,
                                            struct attndyn_previous **model);
struct attndyn_previous_seen {
    double x, gap, delta, loss;
    double attention;     /* of the answer's bucket */
    double mean_distance; /* of the other buckets, from 1, weighted by attention */
};
/* p: (R) or NULL, out. */
void attndyn_previous_see(const struct attndyn_previous *model, const double *y, double *p,
                          struct attndyn_previous_seen *seen);

#endif
