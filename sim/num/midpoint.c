#include "midpoint.h"

#include "ode_private.h"

#include <float.h>
#include <math.h>

enum { ITERATIONS = 300 };

struct midpoint {
    struct attndyn_context *ctx;
    const struct attndyn_ode_problem *problem;
    double h;
    double *middle, *slope, *to;
};

static enum attndyn_status not_finite(const struct midpoint *m, const char *what, size_t entry,
                                      double value, double t) {
    return attndyn_fail(m->ctx, ATTNDYN_RUN_FAILED,
                        "implicit midpoint: the %s is not finite: entry %zu is %g at t = %.17g "
                        "(step %g); take a smaller step, or stop before the solution blows up",
                        what, entry, value, t, m->h);
}

/* slope = f(t, y) */
static enum attndyn_status evaluate(const struct midpoint *m, double t, const double *y) {
    const struct attndyn_ode_problem *problem = m->problem;
    size_t n = problem->n, bad = attndyn_ode_first_not_finite(n, y);
    if (bad < n) return not_finite(m, "state", bad, y[bad], t);
    if (problem->rhs(t, y, m->slope, problem->user))
        return attndyn_fail(m->ctx, ATTNDYN_RUN_FAILED,
                            "implicit midpoint: no right-hand side at t = %.6g", t);
    bad = attndyn_ode_first_not_finite(n, m->slope);
    if (bad < n) return not_finite(m, "right-hand side", bad, m->slope[bad], t);
    return ATTNDYN_OK;
}

/* One step: y' by iterating on the slope k = f(y + h k/2). Settled when the midpoint moves by no
 * more than a unit in the last place of its largest component. */
static enum attndyn_status step(const struct midpoint *m, double t, double *y) {
    size_t n = m->problem->n;
    double h = m->h, *middle = m->middle;
    ATTNDYN_TRY(attndyn_check_interrupt(m->ctx));
    ATTNDYN_TRY(evaluate(m, t, y));
    for (size_t a = 0; a < n; a++) middle[a] = y[a];
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
        double change = 0, scale = 0; /* fmax would drop a NaN: evaluate() lets none through */
        for (size_t a = 0; a < n; a++) {
            double next = y[a] + 0.5 * h * m->slope[a];
            change = fmax(change, fabs(next - middle[a]));
            scale = fmax(scale, fabs(next));
            middle[a] = next;
        }
        ATTNDYN_TRY(evaluate(m, t + 0.5 * h, middle));
        if (change <= DBL_EPSILON * scale && iteration > 0) {
            for (size_t a = 0; a < n; a++) m->to[a] = y[a] + h * m->slope[a];
            size_t bad = attndyn_ode_first_not_finite(n, m->to);
            if (bad < n) return not_finite(m, "state", bad, m->to[bad], t + h);
            for (size_t a = 0; a < n; a++) y[a] = m->to[a];
            return ATTNDYN_OK;
        }
    }
    return attndyn_fail(m->ctx, ATTNDYN_RUN_FAILED,
                        "implicit midpoint does not settle in %d iterations at t = %.6g with step "
                        "%g: take a smaller step",
                        ITERATIONS, t, h);
}

enum attndyn_status attndyn_midpoint_solve(struct attndyn_context *ctx,
                                           const struct attndyn_ode_problem *problem, double t0,
                                           double h, size_t steps, double *y) {
    uint64_t mark = attndyn_memory_mark(ctx);
    struct midpoint m = {.ctx = ctx, .problem = problem, .h = h};
    ATTNDYN_ALLOC(ctx, m.middle, problem->n);
    ATTNDYN_ALLOC(ctx, m.slope, problem->n);
    ATTNDYN_ALLOC(ctx, m.to, problem->n);
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t s = 0; s < steps && status == ATTNDYN_OK; s++)
        status = step(&m, t0 + h * (double)s, y);
    attndyn_memory_release(ctx, mark);
    return status;
}
