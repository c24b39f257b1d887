/* One integration from t = 0 whose counters the run records. */
#ifndef SHARED_SOLVE_H
#define SHARED_SOLVE_H

#include "experiments/frame/contract/typed.h"

struct attndyn_ode_options solve_within(enum attndyn_ode_method method, double rtol, double atol);
/* As attndyn_ode_solve from t = 0; the counters stand under `label`. */
enum attndyn_status solve_recorded(const struct trial *run, const char *label,
                                   const struct attndyn_ode_problem *problem,
                                   const struct attndyn_ode_options *options, double *y,
                                   const double *times, size_t count,
                                   const struct attndyn_ode_observer *observer);

#endif
