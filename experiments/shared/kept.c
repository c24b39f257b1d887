#include "kept.h"

#include <string.h>

static enum attndyn_status keep(void *user, size_t index, double t, const double *y) {
    (void)t;
    struct kept *kept = user;
    memcpy(kept->y + index * kept->n, y, kept->n * sizeof *y);
    kept->count = index + 1;
    return ATTNDYN_OK;
}

static enum attndyn_status end(void *user, size_t which, int direction, double t, const double *y,
                               enum attndyn_ode_action *action) {
    (void)user, (void)which, (void)direction, (void)t, (void)y;
    *action = ATTNDYN_ODE_STOP;
    return ATTNDYN_OK;
}

static enum attndyn_status solve(const struct trial *run, const char *label,
                                 const struct attndyn_ode_problem *problem,
                                 const struct attndyn_ode_options *options, const double *y0,
                                 const double *times, size_t count, bool until, struct kept *kept) {
    double *y;
    *kept = (struct kept){.count = 0, .n = problem->n + problem->quadratures, .t = times};
    ATTNDYN_ALLOC(run->ctx, kept->y, count * kept->n);
    ATTNDYN_ALLOC(run->ctx, y, kept->n);
    memcpy(y, y0, kept->n * sizeof *y);
    const struct attndyn_ode_observer observer = {
        .output = keep, .event = until ? end : NULL, .user = kept};
    enum attndyn_status status = attndyn_ode_solve(run->ctx, problem, options, 0, y, times, count,
                                                   &observer, &kept->statistics);
    if (status != ATTNDYN_OK) return attndyn_fail_while(run->ctx, status, "%s", label);
    return results_solver(run->ctx, run->results, label, &kept->statistics);
}

enum attndyn_status kept_solve(const struct trial *run, const char *label,
                               const struct attndyn_ode_problem *problem,
                               const struct attndyn_ode_options *options, const double *y0,
                               const double *times, size_t count, struct kept *kept) {
    return solve(run, label, problem, options, y0, times, count, false, kept);
}

enum attndyn_status kept_solve_until(const struct trial *run, const char *label,
                                     const struct attndyn_ode_problem *problem,
                                     const struct attndyn_ode_options *options, const double *y0,
                                     const double *times, size_t count, struct kept *kept) {
    return solve(run, label, problem, options, y0, times, count, true, kept);
}

struct attndyn_ode_options kept_options(enum attndyn_ode_method method, double rtol) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = rtol;
    options.atol = 1e-3 * rtol;
    return options;
}

enum attndyn_status kept_grid(const struct trial *run, double first, double last, long per_decade,
                              double **times, size_t *count) {
    *count = (size_t)lround(log10(last / first) * (double)per_decade) + 1;
    if (*count < 2) *count = 2;
    ATTNDYN_ALLOC(run->ctx, *times, *count);
    attndyn_grid_logarithmic(first, last, *count, *times);
    return ATTNDYN_OK;
}

enum attndyn_status kept_state(const struct trial *run, const char *quantity, double value) {
    return results_emit_state(run->ctx, run->results, quantity, &value, 1);
}

enum attndyn_status kept_needs(const struct trial *run, const char *name, struct reals list) {
    if (list.count > 0) return ATTNDYN_OK;
    return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                        "%s is empty: expected at least one value, %s=v1,v2,...", name, name);
}
