/* What the two experiments on Theorem 1 share: a flow of the joint dynamics watched for its
 * invariants. */
#ifndef JOMA_SHARED_THEOREM1_H
#define JOMA_SHARED_THEOREM1_H

#include "experiments/frame/contract/typed.h"
#include "sim/model/joma/instance.h"
#include "sim/num/ode.h"

/* How far each token's constant has moved since the start, signed; (M) each. */
struct theorem1_drift {
    double *holds;     /* as it holds: factor r, summed over the queries */
    double *no_ratio;  /* as printed: r = 1 */
    double *one_query; /* of query 0 alone */
};

enum attndyn_status theorem1_drift_create(struct attndyn_context *ctx, size_t tokens,
                                          struct theorem1_drift *drift);
/* second (M): softmax's integrated second term at `state`, NULL for linear and exp. */
void theorem1_drift_at(const struct attndyn_joma *model, const double *start, const double *state,
                       const double *second, struct theorem1_drift *drift);
struct theorem1_flow {
    const struct attndyn_joma *model;
    const double *start; /* the state at t = 0 */
    enum attndyn_ode_method method;
    double rtol, atol, step; /* step: of fixed-step methods */
    long max_steps;
    const double *times; /* increasing, the last one is the horizon */
    size_t n_times;
    /* Called at every output time reached; may be NULL. */
    enum attndyn_status (*seen)(void *user, double t, const double *state,
                                const struct theorem1_drift *drift);
    void *user;
    /* a solver that gives up is a result for any activation, not only for a kinked one */
    bool may_stop;
};

struct theorem1_outcome {
    double *state;                     /* (size) at t_reached */
    double holds, no_ratio, one_query; /* the largest drifts over time and tokens */
    double scale;                      /* the largest term of a constant, at least 1 */
    double t_reached;
    bool stalled; /* the integrator gave up before the horizon */
    struct attndyn_ode_statistics statistics;
};

/* Everything in `outcome` belongs to ctx. A solver that gives up on a kinked activation is a result
 * (the flow slides along the kink); on a smooth one it is a failure, unless may_stop. */
enum attndyn_status theorem1_run(struct attndyn_context *ctx, const struct theorem1_flow *flow,
                                 struct theorem1_outcome *outcome);

#endif
