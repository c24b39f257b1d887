/* How long until? An observer for solves that the first event ends. */
#ifndef ATTNDYN_NUM_ODE_UNTIL_H
#define ATTNDYN_NUM_ODE_UNTIL_H

#include "ode.h"

/* *t becomes NaN now, and the time of the first event once there is one. */
struct attndyn_ode_observer attndyn_ode_until(double *t);

#endif
