#include "ode.h"

#include "ode_private.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

/* The exponent bits are tested as integers, which vectorises; this runs at every evaluation of the
 * right-hand side. */
size_t attndyn_ode_first_not_finite(size_t count, const double *x) {
    const uint64_t exponent = UINT64_C(0x7FF0000000000000), one = UINT64_C(0x0010000000000000);
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        seen |= (bits & exponent) + one; /* the sign bit, where all exponent bits are set */
    }
    if (!(seen >> 63)) return count;
    size_t i = 0;
    while (isfinite(x[i])) i++;
    return i;
}

static int trouble(struct attndyn_ode_run *run, enum attndyn_ode_trouble what, const char *of,
                   double t, int code) {
    run->trouble = what;
    run->trouble_of = of;
    run->trouble_t = t;
    run->over = code < 0;
    return code;
}

static int judged(struct attndyn_ode_run *run, int returned, const char *of, double t,
                  const double *values, size_t count) {
    if (returned < 0) return trouble(run, ATTNDYN_ODE_GAVE_UP, of, t, -1);
    if (returned > 0) return trouble(run, ATTNDYN_ODE_REFUSED, of, t, 1);
    size_t bad = attndyn_ode_first_not_finite(count, values);
    if (bad == count) return 0;
    run->trouble_entry = bad;
    run->trouble_value = values[bad];
    return trouble(run, ATTNDYN_ODE_NOT_FINITE, of, t, 1);
}

int attndyn_ode_evaluate(struct attndyn_ode_run *run, double t, const double *y, double *dydt,
                         double *dqdt) {
    const struct attndyn_ode_problem *p = run->problem;
    if (run->over) return -1; /* CVODE's fixed-point iteration retries even then */
    if (attndyn_check_interrupt(run->ctx) != ATTNDYN_OK)
        return trouble(run, ATTNDYN_ODE_INTERRUPTED, "right-hand side", t, -1);
    run->statistics->rhs++;
    int code = judged(run, p->rhs(t, y, dydt, p->user), "right-hand side", t, dydt, p->n);
    if (code || !dqdt || p->quadratures == 0) return code;
    return judged(run, p->quadrature(t, y, dqdt, p->user), "quadrature", t, dqdt, p->quadratures);
}

int attndyn_ode_events(struct attndyn_ode_run *run, double t, const double *y, double *g) {
    const struct attndyn_ode_problem *p = run->problem;
    int code = judged(run, p->event(t, y, g, p->user), "event function", t, g, p->events);
    return code ? -1 : 0;
}

enum attndyn_status attndyn_ode_output(struct attndyn_ode_run *run, double t, const double *y) {
    size_t index = run->next++;
    if (!run->observer || !run->observer->output) return ATTNDYN_OK;
    return run->observer->output(run->observer->user, index, t, y);
}

enum attndyn_status attndyn_ode_root(struct attndyn_ode_run *run, size_t which, int direction,
                                     double t, const double *y, bool *stop) {
    run->statistics->events++;
    if (!run->observer || !run->observer->event) return ATTNDYN_OK;
    enum attndyn_ode_action action = ATTNDYN_ODE_GO_ON;
    ATTNDYN_TRY(run->observer->event(run->observer->user, which, direction, t, y, &action));
    if (action == ATTNDYN_ODE_STOP) *stop = true;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_ode_stopped(struct attndyn_ode_run *run, double step,
                                        const char *reason, const char *advice) {
    char own[512];
    if (run->trouble == ATTNDYN_ODE_INTERRUPTED)
        return attndyn_fail(run->ctx, ATTNDYN_INTERRUPTED, "%s interrupted at t = %.9g",
                            run->statistics->method, run->t);
    if (!reason) {
        switch (run->trouble) {
        case ATTNDYN_ODE_NOT_FINITE:
            snprintf(own, sizeof own, "the %s is not finite: entry %zu is %g at t = %.17g",
                     run->trouble_of, run->trouble_entry, run->trouble_value, run->trouble_t);
            break;
        case ATTNDYN_ODE_REFUSED:
            snprintf(own, sizeof own, "the %s cannot be evaluated at t = %.17g", run->trouble_of,
                     run->trouble_t);
            break;
        case ATTNDYN_ODE_GAVE_UP:
            snprintf(own, sizeof own, "the %s gave up at t = %.17g", run->trouble_of,
                     run->trouble_t);
            break;
        case ATTNDYN_ODE_NO_WEIGHT:
            snprintf(own, sizeof own, "rtol |y| + atol is 0 for entry %zu", run->trouble_entry);
            break;
        default:
            snprintf(own, sizeof own, "unknown reason");
        }
        reason = own;
    }
    /* A callback that gave up may have left a message in the context; it is kept at the end of
     * ours. */
    const char *said = attndyn_message(run->ctx);
    const char *method = run->statistics->method;
    if (said[0])
        return attndyn_fail_while(run->ctx, ATTNDYN_RUN_FAILED,
                                  "%s stopped at t = %.9g (step %.3g, %ld steps): %s; %s", method,
                                  run->t, step, run->statistics->steps, reason, advice);
    return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                        "%s stopped at t = %.9g (step %.3g, %ld steps): %s; %s", method, run->t,
                        step, run->statistics->steps, reason, advice);
}

enum attndyn_status attndyn_ode_out_of_steps(struct attndyn_ode_run *run, double step) {
    char reason[128];
    snprintf(reason, sizeof reason, "max_steps = %ld is used up before t = %.9g",
             run->options.max_steps, run->times[run->n_times - 1]);
    return attndyn_ode_stopped(
        run, step, reason,
        run->options.method == ATTNDYN_ODE_ADAMS || run->options.method == ATTNDYN_ODE_DOP853
            ? "raise max_steps, loosen rtol, or use bdf-dense or "
              "bdf-krylov if the problem is stiff"
        : run->options.method == ATTNDYN_ODE_RK4 || run->options.method == ATTNDYN_ODE_EULER
            ? "raise max_steps or lengthen the step"
            : "raise max_steps or loosen rtol");
}

static bool fixed_step(enum attndyn_ode_method method) {
    return method == ATTNDYN_ODE_RK4 || method == ATTNDYN_ODE_EULER;
}

/* Refuses what cannot be integrated before anything is computed. */
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
