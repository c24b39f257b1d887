/* The implicit midpoint rule, y' = y + h f(t + h/2, (y + y')/2), solved to roundoff.
 *
 * A Gauss method: it keeps every quadratic invariant of the flow exactly (Hairer, Lubich and
 * Wanner, Geometric Numerical Integration, IV.2.1), which makes it a test of such invariants that
 * has no truncation error in it. Fixed-point iteration: for non-stiff problems with h |f'| well
 * below 2. */
#ifndef ATTNDYN_NUM_MIDPOINT_H
#define ATTNDYN_NUM_MIDPOINT_H

#include "ode.h"

/* `steps` steps of length h from t0, in place; y: (n). Fails (ATTNDYN_RUN_FAILED) where the
 * iteration does not settle to a few units in the last place, or where a slope or the state is not
 * finite. The interruption is polled at every step (ATTNDYN_INTERRUPTED); y is then the state after
 * the last whole one, as it is after a failure. */
enum attndyn_status attndyn_midpoint_solve(struct attndyn_context *ctx,
                                           const struct attndyn_ode_problem *problem, double t0,
                                           double h, size_t steps, double *y);

#endif
