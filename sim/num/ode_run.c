/* What every integrator does to the solve in progress: evaluations, outputs, events, failures. */
#include "ode_private.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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
