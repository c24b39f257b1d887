#include "tests/num/flow.h"

#include "tests/support.h"

void flow_on(struct attndyn_context *ctx, const struct attndyn_ode_problem *problem,
             enum attndyn_ode_method method, double rtol, double atol, double from, double to,
             double *y) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = rtol, options.atol = atol;
    assert_ok(ctx, attndyn_ode_solve(ctx, problem, &options, from, y, &to, 1, NULL, NULL));
}
