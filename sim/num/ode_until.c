#include "ode_until.h"

#include <math.h>

static enum attndyn_status stop(void *user, size_t which, int direction, double t, const double *y,
                                enum attndyn_ode_action *action) {
    (void)which, (void)direction, (void)y;
    *(double *)user = t;
    *action = ATTNDYN_ODE_STOP;
    return ATTNDYN_OK;
}

struct attndyn_ode_observer attndyn_ode_until(double *t) {
    *t = NAN;
    return (struct attndyn_ode_observer){.event = stop, .user = t};
}
