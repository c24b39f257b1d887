/* A flow from one time to another, for tests that look only at its end. */
#ifndef TESTS_NUM_FLOW_H
#define TESTS_NUM_FLOW_H

#include "sim/num/ode.h"

/* Moves the state y from `from` to `to` with these tolerances; it must get there. */
void flow_on(struct attndyn_context *ctx, const struct attndyn_ode_problem *problem,
             enum attndyn_ode_method method, double rtol, double atol, double from, double to,
             double *y);

#endif
