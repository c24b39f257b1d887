#include "solve.h"

struct attndyn_ode_options solve_within(enum attndyn_ode_method method, double rtol, double atol) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = rtol;
    options.atol = atol;
    return options;
}

enum attndyn_status solve_recorded(const struct trial *run, const char *label,
                                   const struct attndyn_ode_problem *problem,
                                   const struct attndyn_ode_options *options, double *y,
                                   const double *times, size_t count,
                                   const struct attndyn_ode_observer *observer) {
    struct attndyn_ode_statistics counters;
    ATTNDYN_TRY(
        attndyn_ode_solve(run->ctx, problem, options, 0, y, times, count, observer, &counters));
    return SOLVER(run, label, &counters);
}
