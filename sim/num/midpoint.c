#include "midpoint.h"

#include <float.h>
#include <math.h>

enum { ITERATIONS = 300 };

/* One step: y' by iterating on the slope k = f(y + h k/2). Settled when the midpoint moves by no
 * more than a unit in the last place of its largest component. */
static enum attndyn_status step(struct attndyn_context *ctx,
                                const struct attndyn_ode_problem *problem, double t, double h,
                                double *y, double *middle, double *slope) {
    size_t n = problem->n;
    if (problem->rhs(t, y, slope, problem->user))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "implicit midpoint: no right-hand side at t = %.6g", t);
    for (size_t a = 0; a < n; a++) middle[a] = y[a];
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
        double change = 0, scale = 0;
        for (size_t a = 0; a < n; a++) {
            double next = y[a] + 0.5 * h * slope[a];
            change = fmax(change, fabs(next - middle[a]));
            scale = fmax(scale, fabs(next));
            middle[a] = next;
        }
        if (problem->rhs(t + 0.5 * h, middle, slope, problem->user))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "implicit midpoint: no right-hand side at t = %.6g", t);
        if (change <= DBL_EPSILON * scale && iteration > 0) {
            for (size_t a = 0; a < n; a++) y[a] += h * slope[a];
            return ATTNDYN_OK;
        }
    }
    return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                        "implicit midpoint does not settle in %d iterations at t = %.6g with step "
                        "%g: take a smaller step",
                        ITERATIONS, t, h);
}

enum attndyn_status attndyn_midpoint_solve(struct attndyn_context *ctx,
                                           const struct attndyn_ode_problem *problem, double t0,
                                           double h, size_t steps, double *y) {
    uint64_t mark = attndyn_memory_mark(ctx);
    double *middle, *slope;
    ATTNDYN_ALLOC(ctx, middle, problem->n);
    ATTNDYN_ALLOC(ctx, slope, problem->n);
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t s = 0; s < steps && status == ATTNDYN_OK; s++)
        status = step(ctx, problem, t0 + h * (double)s, h, y, middle, slope);
    attndyn_memory_release(ctx, mark);
    return status;
}
