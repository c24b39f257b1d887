/* The least entropy along a bounce-back flow. Fed with the outputs of a run, it keeps the lowest
 * interval in which dH/dt turns from falling to rising, and then locates the turn as an event: the
 * whole run cannot carry that event, because from v = 0 it starts with dH/dt = 0 to high order. */
#ifndef JOMA_SHARED_BOUNCE_MINIMUM_H
#define JOMA_SHARED_BOUNCE_MINIMUM_H

#include "sim/model/joma/bounce.h"

struct bounce_minimum {
    const struct attndyn_joma_bounce *model;
    double *before, *bracket, *v, *p; /* (n) each */
    double t_before, rate_before;
    double from, to,
        lowest; /* the bracket; lowest: entropy at its end, infinity if there is none */
};

enum attndyn_status bounce_minimum_begin(struct attndyn_context *ctx, struct bounce_minimum *m,
                                         const struct attndyn_joma_bounce *model);
void bounce_minimum_see(struct bounce_minimum *m, double t, const double *y, double entropy);
/* NaN, NaN where the entropy never turned up. */
enum attndyn_status bounce_minimum_find(struct attndyn_context *ctx, struct bounce_minimum *m,
                                        const struct attndyn_ode_options *options, double *entropy,
                                        double *t);

#endif
