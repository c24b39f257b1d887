/* Shared by the experiments that compute one point of a map: no table but the final state, one
 * integration, one check. Sweeps draw the maps. */
#ifndef DOMAIN_SHARED_POINT_H
#define DOMAIN_SHARED_POINT_H

#include "experiments/frame/contract/typed.h"

/* The flow from time 0 to t, y in place. */
enum attndyn_status point_solve(const struct trial *run, const char *label,
                                const struct attndyn_ode_problem *problem,
                                enum attndyn_ode_method method, double rtol, double t, double *y);

#endif
