#include "point.h"

enum attndyn_status point_solve(const struct trial *run, const char *label,
                                const struct attndyn_ode_problem *problem,
                                enum attndyn_ode_method method, double rtol, double t, double *y) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    struct attndyn_ode_statistics statistics;
    options.rtol = rtol;
    ATTNDYN_TRY(attndyn_ode_solve(run->ctx, problem, &options, 0, y, &t, 1, NULL, &statistics));
    return SOLVER(run, label, &statistics);
}
