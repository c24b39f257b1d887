/* The decoder as a product of matrices that are all trained, any token distribution.
 *
 * Y = X_1 .. X_a R X_(a+1) .. X_(a+b): X_1 .. X_a (M, M) in front (embedding, value map, ...), R
 * (M, V), X_(a+1) .. (V, V) behind (output embedding, ...). X_i = I and R = 0 at first; z is
 * trained directly. dX_i = eta_x (what stands before)^T G_Y (what stands behind)^T, R the same at
 * eta_r, z by flow.h at eta_z. On the symmetric family this is orbit.h's chain of n = a + b + 1.
 * State, row-major: X_1 | .. | X_a | R | X_(a+1) | .. | z of the flow. */
#ifndef ATTNDYN_MODEL_EMBED_FACTORS_H
#define ATTNDYN_MODEL_EMBED_FACTORS_H

#include "../scansnap/flow.h"

struct attndyn_factors_options {
    size_t before, behind;      /* a, b */
    double eta_x, eta_r, eta_z; /* >= 0 */
};

struct attndyn_factors {
    struct attndyn_factors_options options;
    struct attndyn_flow *flow; /* at unit rates */
    size_t M, V, count, n;     /* count: a + 1 + b factors */
    size_t *at;                /* (count + 1): where each factor begins, last where z does */
    double *work;              /* private */
    struct attndyn_ode_problem problem;
};

enum attndyn_status attndyn_factors_create(struct attndyn_context *ctx,
                                           const struct attndyn_distribution *distribution,
                                           const struct attndyn_factors_options *options,
                                           struct attndyn_factors **model);
/* y: (n). */
void attndyn_factors_start(const struct attndyn_factors *model, double *y);
/* The state of model->flow that y means: (flow->n). */
void attndyn_factors_flow(const struct attndyn_factors *model, const double *y, double *state);
double attndyn_factors_loss(const struct attndyn_factors *model, const double *y);

#endif
