/* Fixed steps: classical Runge-Kutta and explicit Euler. Between two outputs the steps are equal,
 * the longest not above `step`. An event is located by repeating its step shorter, so that its
 * state is exactly the method's own at that time and no interpolation adds an error. */
#include "ode_private.h"

#include <math.h>
#include <string.h>

struct fixed {
    struct attndyn_ode_run *run;
    size_t all;                                 /* n + m */
    double *y, *to, *k1, *k2, *k3, *k4, *stage; /* each (n + m) */
    double *at;                                 /* (n + m): inside the step */
    double t, h;                                /* the step under way */
    struct attndyn_ode_crossings crossings;
};

static int slope(struct fixed *s, double t, const double *y, double *k) {
    return attndyn_ode_evaluate(s->run, t, y, k, k + s->run->problem->n);
}

/* to = y after one step of length h, from k1 = f(t, y). */
static int step(struct fixed *s, double t, double h, double *to) {
    const double *y = s->y;
    size_t all = s->all;
    if (s->run->options.method == ATTNDYN_ODE_EULER) {
        for (size_t i = 0; i < all; i++) to[i] = y[i] + h * s->k1[i];
        return 0;
    }
    int code;
    for (size_t i = 0; i < all; i++) s->stage[i] = y[i] + h / 2 * s->k1[i];
    if ((code = slope(s, t + h / 2, s->stage, s->k2)) != 0) return code;
    for (size_t i = 0; i < all; i++) s->stage[i] = y[i] + h / 2 * s->k2[i];
    if ((code = slope(s, t + h / 2, s->stage, s->k3)) != 0) return code;
    for (size_t i = 0; i < all; i++) s->stage[i] = y[i] + h * s->k3[i];
    if ((code = slope(s, t + h, s->stage, s->k4)) != 0) return code;
    for (size_t i = 0; i < all; i++)
        to[i] = y[i] + h / 6 * (s->k1[i] + 2 * (s->k2[i] + s->k3[i]) + s->k4[i]);
    return 0;
}

static enum attndyn_status unusable(struct fixed *s, double h) {
    return attndyn_ode_stopped(s->run, h, NULL,
                               "a fixed step cannot avoid it: shorten the step, or use adams or "
                               "bdf-*");
}

static int state_at(void *self, double fraction, double *y) {
    struct fixed *s = self;
    return step(s, s->t, fraction * s->h, y);
}

/* The events inside the step from t to t + h, in order of time. */
static enum attndyn_status step_events(struct fixed *s, bool *stop) {
    struct attndyn_ode_run *run = s->run;
    struct attndyn_ode_crossings *crossings = &s->crossings;
    const struct attndyn_ode_step here = {.t = s->t, .h = s->h, .state = state_at, .self = s};
    if (attndyn_ode_events(run, s->t + s->h, s->to, crossings->after)) return unusable(s, s->h);
    if (attndyn_ode_crossings_mark(crossings) &&
        attndyn_ode_crossings_locate(crossings, &here, s->at))
        return unusable(s, s->h);
    struct attndyn_ode_crossing c;
    while (attndyn_ode_crossings_take(crossings, &c)) {
        if (state_at(s, c.fraction, s->at)) return unusable(s, s->h);
        run->t = s->t + c.fraction * s->h;
        memcpy(run->y, s->at, s->all * sizeof *s->at);
        ATTNDYN_TRY(attndyn_ode_root(run, c.which, c.direction, run->t, s->at, stop));
        if (*stop) return ATTNDYN_OK;
    }
    attndyn_ode_crossings_advance(crossings);
    return ATTNDYN_OK;
}

static enum attndyn_status run_steps(struct fixed *s, double t0) {
    struct attndyn_ode_run *run = s->run;
    const struct attndyn_ode_options *o = &run->options;
    struct attndyn_ode_statistics *st = run->statistics;
    double longest = o->max_step > 0 ? fmin(o->step, o->max_step) : o->step;
    double from = t0;
    st->last_order = o->method == ATTNDYN_ODE_EULER ? 1 : 4;
    memcpy(s->y, run->y, s->all * sizeof *s->y);
    if (run->problem->events && attndyn_ode_events(run, t0, s->y, s->crossings.before))
        return unusable(s, longest);
    while (run->next < run->n_times) {
        double until = run->times[run->next];
        /* minus a rounding error, so that 1/0.1 is 10 steps and not 11 */
        double steps = ceil((until - from) / longest * (1 - 1e-12));
        double h = steps > 0 ? (until - from) / steps : 0;
        for (double i = 0; i < steps; i++) {
            double t = from + i * h, end = i + 1 == steps ? until : from + (i + 1) * h;
            if (st->steps >= o->max_steps) return attndyn_ode_out_of_steps(run, h);
            if (!(end > t))
                return attndyn_ode_stopped(run, h, "the step is too small to move t",
                                           "lengthen the step");
            if (slope(s, t, s->y, s->k1) || step(s, t, h, s->to)) return unusable(s, h);
            if (run->problem->events) {
                bool stop = false;
                s->t = t;
                s->h = h;
                ATTNDYN_TRY(step_events(s, &stop));
                if (stop) return ATTNDYN_OK;
            }
            double *y = s->y;
            s->y = s->to;
            s->to = y;
            if (st->steps++ == 0) st->first_step = h;
            st->last_step = h;
            run->t = end;
            memcpy(run->y, s->y, s->all * sizeof *y);
        }
        from = until;
        ATTNDYN_TRY(attndyn_ode_output(run, until, run->y));
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_ode_run_fixed(struct attndyn_ode_run *run, double t0) {
    struct attndyn_context *ctx = run->ctx;
    size_t all = run->problem->n + run->problem->quadratures, events = run->problem->events;
    double *block = ATTNDYN_NEW(ctx, double, 8 * all + ATTNDYN_ODE_CROSSINGS_BLOCK * events);
    if (!block) return ATTNDYN_NO_MEMORY;
    struct fixed s = {.run = run,
                      .all = all,
                      .y = block,
                      .to = block + all,
                      .k1 = block + 2 * all,
                      .k2 = block + 3 * all,
                      .k3 = block + 4 * all,
                      .k4 = block + 5 * all,
                      .stage = block + 6 * all,
                      .at = block + 7 * all};
    attndyn_ode_crossings_over(&s.crossings, run, block + 8 * all);
    enum attndyn_status status = run_steps(&s, t0);
    attndyn_free(ctx, block);
    return status;
}
