/* Fixed steps: classical Runge-Kutta and explicit Euler. Between two outputs the steps are equal,
 * the longest not above `step`. An event is located by repeating its step shorter, so that its
 * state is exactly the method's own at that time and no interpolation adds an error. */
#include "ode_private.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LOCATE_ITERATIONS = 100 };

struct fixed {
    struct attndyn_ode_run *run;
    size_t all;                                 /* n + m */
    double *y, *to, *k1, *k2, *k3, *k4, *stage; /* each (n + m) */
    double *g, *g_to, *g_at;                    /* (events) */
    double *root;                               /* (events): fraction of the step, or 2: none */
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

/* The fraction of the step at which g[which] changes sign, on its far side: secant and bisection
 * (Illinois). at: scratch (n + m). */
static enum attndyn_status locate(struct fixed *s, double t, double h, size_t which, double *at,
                                  double *fraction) {
    double low = 0, high = 1, g_low = s->g[which], g_high = s->g_to[which];
    double resolution = 4 * DBL_EPSILON * (fabs(t) + fabs(h)) / h;
    int side = 0;
    if (g_high == 0) low = high;
    for (int i = 0; i < LOCATE_ITERATIONS && high - low > resolution; i++) {
        double guess = high - g_high * (high - low) / (g_high - g_low);
        if (!(guess > low && guess < high)) guess = low + (high - low) / 2;
        if (step(s, t, guess * h, at) || attndyn_ode_events(s->run, t + guess * h, at, s->g_at))
            return unusable(s, h);
        double g = s->g_at[which];
        if (g == 0) {
            low = high = guess;
        } else if ((g > 0) == (g_low > 0)) {
            low = guess, g_low = g;
            if (side == -1) g_high /= 2;
            side = -1;
        } else {
            high = guess, g_high = g;
            if (side == 1) g_low /= 2;
            side = 1;
        }
    }
    *fraction = high;
    return ATTNDYN_OK;
}

static int sign(double x) {
    return (x > 0) - (x < 0);
}

/* The events inside the step from t to t + h, in order of time. `at`: scratch (n + m). */
static enum attndyn_status step_events(struct fixed *s, double t, double h, double *at,
                                       bool *stop) {
    struct attndyn_ode_run *run = s->run;
    size_t events = run->problem->events;
    if (attndyn_ode_events(run, t + h, s->to, s->g_to)) return unusable(s, h);
    bool any = false;
    for (size_t i = 0; i < events; i++) {
        s->root[i] = 2;
        if (s->g[i] == 0 || sign(s->g_to[i]) == sign(s->g[i])) continue;
        ATTNDYN_TRY(locate(s, t, h, i, at, &s->root[i]));
        any = true;
    }
    while (any) {
        size_t first = 0;
        for (size_t i = 1; i < events; i++)
            if (s->root[i] < s->root[first]) first = i;
        if (s->root[first] > 1) break;
        double fraction = s->root[first];
        s->root[first] = 2;
        if (step(s, t, fraction * h, at)) return unusable(s, h);
        run->t = t + fraction * h;
        memcpy(run->y, at, s->all * sizeof *at);
        ATTNDYN_TRY(attndyn_ode_root(run, first, -sign(s->g[first]), run->t, at, stop));
        if (*stop) return ATTNDYN_OK;
    }
    memcpy(s->g, s->g_to, events * sizeof *s->g);
    return ATTNDYN_OK;
}

static enum attndyn_status run_steps(struct fixed *s, double t0, double *at) {
    struct attndyn_ode_run *run = s->run;
    const struct attndyn_ode_options *o = &run->options;
    struct attndyn_ode_statistics *st = run->statistics;
    double longest = o->max_step > 0 ? fmin(o->step, o->max_step) : o->step;
    double from = t0;
    st->last_order = o->method == ATTNDYN_ODE_EULER ? 1 : 4;
    memcpy(s->y, run->y, s->all * sizeof *s->y);
    if (run->problem->events && attndyn_ode_events(run, t0, s->y, s->g))
        return unusable(s, longest);
    while (run->next < run->n_times) {
        double until = run->times[run->next];
        /* a hair's breadth, so that 1/0.1 is 10 steps and not 11 */
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
                ATTNDYN_TRY(step_events(s, t, h, at, &stop));
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
    double *block = ATTNDYN_NEW(ctx, double, 8 * all + 4 * events);
    if (!block) return ATTNDYN_NO_MEMORY;
    struct fixed s = {.run = run,
                      .all = all,
                      .y = block,
                      .to = block + all,
                      .k1 = block + 2 * all,
                      .k2 = block + 3 * all,
                      .k3 = block + 4 * all,
                      .k4 = block + 5 * all,
                      .stage = block + 6 * all};
    s.g = block + 8 * all;
    s.g_to = s.g + events;
    s.g_at = s.g + 2 * events;
    s.root = s.g + 3 * events;
    enum attndyn_status status = run_steps(&s, t0, block + 7 * all);
    attndyn_free(ctx, block);
    return status;
}
