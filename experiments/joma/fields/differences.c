/* Comparisons of two arrays, and of Jacobians with differences. */
#include "fields.h"

enum attndyn_status fields_compare(const struct trial *run, const char *part, const char *model,
                                   const char *what, size_t n, const double *found,
                                   const double *expected) {
    return EMIT(run, compared, .part = part, .model = model, .what = what,
                .error = worst_apart(n, found, expected));
}

enum attndyn_status fields_difference(struct attndyn_context *ctx, const struct fields *p,
                                      const struct attndyn_ode_problem *problem, const double *y,
                                      const double *u, double *out) {
    static const double at[] = {-2, -1, 1, 2}, by[] = {1, -8, 8, -1};
    double *moved, *rate;
    size_t n = problem->n;
    ATTNDYN_ALLOC(ctx, moved, n);
    ATTNDYN_ALLOC(ctx, rate, n);
    for (size_t i = 0; i < n; i++) out[i] = 0;
    for (int s = 0; s < 4; s++) {
        for (size_t i = 0; i < n; i++) moved[i] = y[i] + at[s] * p->step * u[i];
        if (problem->rhs(0, moved, rate, problem->user) != 0)
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "no rate beside the state");
        for (size_t i = 0; i < n; i++) out[i] += by[s] * rate[i] / (12 * p->step);
    }
    return ATTNDYN_OK;
}

enum attndyn_status fields_jacobians(const struct trial *run, const struct fields *p,
                                     const char *model, const struct attndyn_ode_problem *problem,
                                     const double *y, struct attndyn_random *random) {
    size_t n = problem->n;
    double *u, *expected, *found, *dense;
    ATTNDYN_ALLOC(run->ctx, u, n);
    ATTNDYN_ALLOC(run->ctx, expected, n);
    ATTNDYN_ALLOC(run->ctx, found, n);
    ATTNDYN_ALLOC(run->ctx, dense, n * n);
    attndyn_random_normals(random, 1 / sqrt((double)n), n, u);
    ATTNDYN_TRY(fields_difference(run->ctx, p, problem, y, u, expected));
    if (problem->jacobian_times(0, y, u, found, problem->user) != 0)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "%s: no Jacobian", model);
    ATTNDYN_TRY(fields_compare(run, "jacobian", model, "times a vector, against differences", n,
                               found, expected));
    if (!problem->jacobian) return ATTNDYN_OK;
    if (problem->jacobian(0, y, dense, problem->user) != 0)
        return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED, "%s: no dense Jacobian", model);
    for (size_t i = 0; i < n; i++) {
        found[i] = 0;
        for (size_t j = 0; j < n; j++) found[i] += dense[j * n + i] * u[j];
    }
    return fields_compare(run, "jacobian", model, "dense, against differences", n, found, expected);
}
