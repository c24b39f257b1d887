#include "full_solve.h"

#include <string.h>

enum attndyn_status full_solve(const struct trial *run, struct attndyn_flow *flow,
                               const struct attndyn_ode_options *how, const double *t, size_t count,
                               const struct attndyn_ode_observer *observer, const char *label,
                               double **y) {
    struct attndyn_ode_problem problem = attndyn_flow_problem(flow);
    struct attndyn_ode_statistics statistics;
    ATTNDYN_ALLOC(run->ctx, *y, problem.n + problem.quadratures);
    memcpy(*y, flow->initial, (problem.n + problem.quadratures) * sizeof **y);
    ATTNDYN_TRY(attndyn_ode_solve(run->ctx, &problem, how, 0, *y, t, count, observer, &statistics));
    return label ? SOLVER(run, label, &statistics) : ATTNDYN_OK;
}

enum attndyn_status full_emit_z(const struct trial *run, const struct attndyn_flow *flow,
                                const double *y) {
    size_t count = flow->distribution->last_tokens * flow->distribution->tokens;
    double *z;
    ATTNDYN_ALLOC(run->ctx, z, count);
    attndyn_flow_expand_z(flow, y, z);
    return STATE(run, z, z, count);
}
