/* The full flow from Y = Z = 0. */
#ifndef SCANSNAP_SHARED_FULL_SOLVE_H
#define SCANSNAP_SHARED_FULL_SOLVE_H

#include "experiments/frame/contract/typed.h"
#include "sim/model/scansnap/flow.h"

/* From flow->initial to the last of the output times t (count). *y (n + quadratures): the state
 * there, of the run's context. `label`: under this name the solver's counters are recorded; NULL:
 * they are not. */
enum attndyn_status full_solve(const struct trial *run, struct attndyn_flow *flow,
                               const struct attndyn_ode_options *how, const double *t, size_t count,
                               const struct attndyn_ode_observer *observer, const char *label,
                               double **y);
/* The table `state`: z (L, M), with zeros outside all supports. */
enum attndyn_status full_emit_z(const struct trial *run, const struct attndyn_flow *flow,
                                const double *y);

#endif
