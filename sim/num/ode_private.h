/* What the integrators of ode.h share: one solve in progress. */
#ifndef ATTNDYN_NUM_ODE_PRIVATE_H
#define ATTNDYN_NUM_ODE_PRIVATE_H

#include "ode.h"

/* Why a callback could not be evaluated; the last reason is kept for the message. */
enum attndyn_ode_trouble {
    ATTNDYN_ODE_NO_TROUBLE,
    ATTNDYN_ODE_NOT_FINITE, /* entry `entry` of what it returned is NaN or infinite */
    ATTNDYN_ODE_REFUSED,    /* it returned > 0 */
    ATTNDYN_ODE_GAVE_UP,    /* it returned < 0 */
    ATTNDYN_ODE_NO_WEIGHT,  /* rtol |y| + atol = 0 */
    ATTNDYN_ODE_INTERRUPTED
};

struct attndyn_ode_run {
    struct attndyn_context *ctx;
    const struct attndyn_ode_problem *problem;
    struct attndyn_ode_options options;          /* max_steps filled in */
    const struct attndyn_ode_observer *observer; /* or NULL */
    struct attndyn_ode_statistics *statistics;
    const double *times;
    size_t n_times, next; /* next: the first output not yet made */
    double t;             /* reached */
    double *y;            /* (n + m) at t, the caller's */
    bool over;            /* a callback has given up for good */
    enum attndyn_ode_trouble trouble;
    const char *trouble_of; /* "right-hand side", ... */
    size_t trouble_entry;
    double trouble_value, trouble_t;
};

/* Index of the first NaN or infinity, or count. */
size_t attndyn_ode_first_not_finite(size_t count, const double *x);
/* dydt: (n), dqdt: (m) or NULL to leave the quadratures out; 0, > 0 or < 0 as the callbacks. A
 * non-finite result counts as > 0: a smaller step may avoid it. Polls the interruption. */
int attndyn_ode_evaluate(struct attndyn_ode_run *run, double t, const double *y, double *dydt,
                         double *dqdt);
/* g: (events); y: (n + m). A non-finite result is < 0: the solve must not go on past events that it
 * cannot see. */
int attndyn_ode_events(struct attndyn_ode_run *run, double t, const double *y, double *g);
/* The output `run->next` at `t`; advances next. */
enum attndyn_status attndyn_ode_output(struct attndyn_ode_run *run, double t, const double *y);
/* Reports a root to the observer. */
enum attndyn_status attndyn_ode_root(struct attndyn_ode_run *run, size_t which, int direction,
                                     double t, const double *y, bool *stop);
/* Records the failure in full: method, t, step, number of steps, the reason in words (from
 * `trouble` if there is one and `reason` is NULL), and `advice`. */
enum attndyn_status attndyn_ode_stopped(struct attndyn_ode_run *run, double step,
                                        const char *reason, const char *advice);
enum attndyn_status attndyn_ode_out_of_steps(struct attndyn_ode_run *run, double step);

/* The events inside one step; an integrator that steps by itself holds one of these for the
 * solve. */
struct attndyn_ode_crossings {
    struct attndyn_ode_run *run;
    size_t events;
    double *before, *after; /* each (events): g at the start and at the end of the step */
    double *inside;         /* (events): scratch */
    double *root;           /* (events): fraction of the step on the far side of the root */
};

/* The step in which they are sought: t, its length h > 0, and the method's state at a fraction of
 * it into y (n + m), not 0 where that cannot be had. */
struct attndyn_ode_step {
    double t, h;
    int (*state)(void *self, double fraction, double *y);
    void *self;
};

struct attndyn_ode_crossing {
    size_t which;
    double fraction; /* of the step */
    int direction;   /* +1: g rises through 0 */
};

enum { ATTNDYN_ODE_CROSSINGS_BLOCK = 4 }; /* numbers for each event */

/* Lays *c over block (ATTNDYN_ODE_CROSSINGS_BLOCK * events), the caller's, which outlives it. */
void attndyn_ode_crossings_over(struct attndyn_ode_crossings *c, struct attndyn_ode_run *run,
                                double *block);
/* Marks the events whose sign differs between `before` and `after`; false: none. */
bool attndyn_ode_crossings_mark(struct attndyn_ode_crossings *c);
/* The roots of those marked, to the resolution of t. at: scratch (n + m). Not 0: the state or an
 * event could not be evaluated. */
int attndyn_ode_crossings_locate(struct attndyn_ode_crossings *c,
                                 const struct attndyn_ode_step *step, double *at);
/* The earliest that was not yet taken; false: none is left. */
bool attndyn_ode_crossings_take(struct attndyn_ode_crossings *c,
                                struct attndyn_ode_crossing *crossing);
/* The end of the step becomes the start of the next. */
void attndyn_ode_crossings_advance(struct attndyn_ode_crossings *c);

enum attndyn_status attndyn_ode_run_cvode(struct attndyn_ode_run *run, double t0);
enum attndyn_status attndyn_ode_run_dop853(struct attndyn_ode_run *run, double t0);
enum attndyn_status attndyn_ode_run_fixed(struct attndyn_ode_run *run, double t0);

#endif
