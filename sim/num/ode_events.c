/* Finds where events change sign within a step, for our own integrators (CVODE has its own root
 * finder). */
#include "ode_private.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { LOCATE_ITERATIONS = 100 };

static const double no_root = 2; /* a fraction beyond the step */

static int sign(double x) {
    return (x > 0) - (x < 0);
}

void attndyn_ode_crossings_over(struct attndyn_ode_crossings *c, struct attndyn_ode_run *run,
                                double *block) {
    size_t events = run->problem->events;
    *c = (struct attndyn_ode_crossings){.run = run,
                                        .events = events,
                                        .before = block,
                                        .after = block + events,
                                        .inside = block + 2 * events,
                                        .root = block + 3 * events};
}

bool attndyn_ode_crossings_mark(struct attndyn_ode_crossings *c) {
    bool any = false;
    for (size_t i = 0; i < c->events; i++) {
        /* zero at the start was the last step's root */
        bool crosses = c->before[i] != 0 && sign(c->after[i]) != sign(c->before[i]);
        c->root[i] = crosses ? 1 : no_root;
        any |= crosses;
    }
    return any;
}

/* The fraction of the step at which event `which` changes sign, on its far side: secant and
 * bisection (Illinois). */
static int locate(struct attndyn_ode_crossings *c, const struct attndyn_ode_step *step,
                  size_t which, double *at) {
    double low = 0, high = 1, g_low = c->before[which], g_high = c->after[which];
    double resolution = 4 * DBL_EPSILON * (fabs(step->t) + step->h) / step->h;
    int side = 0;
    if (g_high == 0) low = high;
    for (int i = 0; i < LOCATE_ITERATIONS && high - low > resolution; i++) {
        double guess = high - g_high * (high - low) / (g_high - g_low);
        if (!(guess > low && guess < high)) guess = low + (high - low) / 2;
        if (step->state(step->self, guess, at) ||
            attndyn_ode_events(c->run, step->t + guess * step->h, at, c->inside))
            return -1;
        double g = c->inside[which];
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
    c->root[which] = high;
    return 0;
}

int attndyn_ode_crossings_locate(struct attndyn_ode_crossings *c,
                                 const struct attndyn_ode_step *step, double *at) {
    for (size_t i = 0; i < c->events; i++)
        if (c->root[i] < no_root && locate(c, step, i, at)) return -1;
    return 0;
}

bool attndyn_ode_crossings_take(struct attndyn_ode_crossings *c,
                                struct attndyn_ode_crossing *crossing) {
    size_t first = 0;
    if (c->events == 0) return false;
    for (size_t i = 1; i < c->events; i++)
        if (c->root[i] < c->root[first]) first = i;
    crossing->which = first;
    crossing->fraction = c->root[first];
    crossing->direction = -sign(c->before[first]);
    c->root[first] = no_root;
    return crossing->fraction < no_root;
}

void attndyn_ode_crossings_advance(struct attndyn_ode_crossings *c) {
    if (c->events) memcpy(c->before, c->after, c->events * sizeof *c->before);
}
