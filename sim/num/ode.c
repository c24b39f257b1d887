#include "ode.h"

#include "ode_private.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int attndyn_ode_jacobian_by_columns(size_t n, attndyn_ode_times *jacobian_times, double t,
                                    const double *y, double *unit, double *j, void *user) {
    for (size_t i = 0; i < n; i++) unit[i] = 0;
    for (size_t i = 0; i < n; i++) {
        unit[i] = 1;
        int status = jacobian_times(t, y, unit, j + i * n, user);
        unit[i] = 0;
        if (status != 0) return status;
    }
    return 0;
}

static const char *const method_names[] = {"adams", "bdf-dense", "bdf-krylov",
                                           "rk4",   "euler",     "dop853"};

struct attndyn_ode_options attndyn_ode_defaults(enum attndyn_ode_method method) {
    return (struct attndyn_ode_options){.method = method, .rtol = 1e-10, .atol = 1e-13};
}

bool attndyn_ode_method_named(const char *name, enum attndyn_ode_method *method) {
    for (size_t i = 0; i < sizeof method_names / sizeof *method_names; i++) {
        if (strcmp(name, method_names[i]) != 0) continue;
        *method = (enum attndyn_ode_method)i;
        return true;
    }
    return false;
}

const char *attndyn_ode_method_name(enum attndyn_ode_method method) {
    return method_names[method];
}

void attndyn_grid_linear(double first, double last, size_t count, double *times) {
    for (size_t i = 0; i + 1 < count; i++)
        times[i] = first + (last - first) * ((double)i / (double)(count - 1));
    if (count) times[count - 1] = last;
}

void attndyn_grid_logarithmic(double first, double last, size_t count, double *times) {
    double ratio = log(last / first);
    for (size_t i = 0; i + 1 < count; i++)
        times[i] = i ? first * exp(ratio * ((double)i / (double)(count - 1))) : first;
    if (count) times[count - 1] = last;
}

static bool fixed_step(enum attndyn_ode_method method) {
    return method == ATTNDYN_ODE_RK4 || method == ATTNDYN_ODE_EULER;
}

/* Refuses what cannot be integrated before anything is computed. */
static enum attndyn_status validate_options(struct attndyn_context *ctx,
                                            const struct attndyn_ode_problem *p,
                                            const struct attndyn_ode_options *o, const char *name) {
    if (fixed_step(o->method)) {
        if (!(o->step > 0 && isfinite(o->step)))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: step = %g, expected > 0", name, o->step);
    } else {
        if (!(o->rtol >= 0 && o->rtol < 1))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: rtol = %g, expected 0 <= rtol < 1", name,
                                o->rtol);
        for (size_t i = 0; i < (o->atol_vector ? p->n + p->quadratures : 1); i++) {
            double atol = o->atol_vector ? o->atol_vector[i] : o->atol;
            if (!(atol >= 0 && isfinite(atol)))
                return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: atol[%zu] = %g, expected >= 0", name,
                                    i, atol);
        }
    }
    if (!(o->first_step >= 0 && o->max_step >= 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: first_step = %g, max_step = %g, expected >= 0 (0: automatic)",
                            name, o->first_step, o->max_step);
    if (o->max_steps < 0 || o->max_order < 0 || o->krylov_dimension < 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: max_steps = %ld, max_order = %d, krylov_dimension = %d, expected "
                            ">= 0 (0: automatic)",
                            name, o->max_steps, o->max_order, o->krylov_dimension);
    int highest = o->method == ATTNDYN_ODE_ADAMS ? 12 : 5;
    bool of_cvode = o->method <= ATTNDYN_ODE_BDF_KRYLOV;
    if (of_cvode && o->max_order > highest)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: max_order = %d, its highest is %d", name,
                            o->max_order, highest);
    return ATTNDYN_OK;
}

static enum attndyn_status validate_times(struct attndyn_context *ctx, const char *name, double t0,
                                          const double *times, size_t n_times) {
    if (n_times == 0) return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: no output time", name);
    double before = t0;
    for (size_t i = 0; i < n_times; i++) {
        if (!(isfinite(times[i]) && isfinite(t0) && times[i] >= before))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s: output time %zu is %.17g after %.17g, expected finite and "
                                "not decreasing from t0",
                                name, i, times[i], before);
        before = times[i];
    }
    double span = before - t0;
    if (span > 0 && span < 16 * DBL_EPSILON * fmax(fabs(t0), fabs(before)))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: t0 = %.17g and the last time %.17g are too close for doubles",
                            name, t0, before);
    return ATTNDYN_OK;
}

static enum attndyn_status validate(struct attndyn_context *ctx,
                                    const struct attndyn_ode_problem *p,
                                    const struct attndyn_ode_options *o, double t0, const double *y,
                                    const double *times, size_t n_times) {
    if ((int)o->method < 0 || o->method > ATTNDYN_ODE_DOP853)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "no integration method number %d; one of %s",
                            (int)o->method, ATTNDYN_ODE_METHODS);
    const char *name = attndyn_ode_method_name(o->method);
    if (p->n == 0 || !p->rhs)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: no unknowns or no right-hand side", name);
    if ((p->quadratures > 0) != (p->quadrature != NULL))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %zu quadratures, but %s function for them",
                            name, p->quadratures, p->quadrature ? "a" : "no");
    if ((p->events > 0) != (p->event != NULL))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %zu events, but %s function for them", name,
                            p->events, p->event ? "a" : "no");
    ATTNDYN_TRY(validate_options(ctx, p, o, name));
    ATTNDYN_TRY(validate_times(ctx, name, t0, times, n_times));
    size_t bad = attndyn_ode_first_not_finite(p->n + p->quadratures, y);
    if (bad < p->n + p->quadratures)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "%s: entry %zu of the initial state is %g",
                            name, bad, y[bad]);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_ode_solve(struct attndyn_context *ctx,
                                      const struct attndyn_ode_problem *problem,
                                      const struct attndyn_ode_options *options, double t0,
                                      double *y, const double *times, size_t n_times,
                                      const struct attndyn_ode_observer *observer,
                                      struct attndyn_ode_statistics *statistics) {
    struct attndyn_ode_statistics own;
    if (!statistics) statistics = &own;
    *statistics = (struct attndyn_ode_statistics){.t_reached = t0};
    ATTNDYN_TRY(validate(ctx, problem, options, t0, y, times, n_times));
    bool fixed = fixed_step(options->method);
    snprintf(statistics->method, sizeof statistics->method, "%s",
             attndyn_ode_method_name(options->method));
    statistics->rtol = fixed ? 0 : options->rtol;
    statistics->atol = fixed ? 0 : options->atol;

    struct attndyn_ode_run run = {.ctx = ctx,
                                  .problem = problem,
                                  .options = *options,
                                  .observer = observer,
                                  .statistics = statistics,
                                  .times = times,
                                  .n_times = n_times,
                                  .t = t0,
                                  .y = y};
    if (run.options.max_steps == 0) run.options.max_steps = 1000000;
    attndyn_message_clear(ctx);
    enum attndyn_status status = ATTNDYN_OK;
    while (run.next < n_times && times[run.next] <= t0 && status == ATTNDYN_OK)
        status = attndyn_ode_output(&run, t0, y);
    if (status == ATTNDYN_OK && run.next < n_times)
        status = fixed                                   ? attndyn_ode_run_fixed(&run, t0)
                 : options->method == ATTNDYN_ODE_DOP853 ? attndyn_ode_run_dop853(&run, t0)
                                                         : attndyn_ode_run_cvode(&run, t0);
    statistics->t_reached = run.t;
    return status;
}
