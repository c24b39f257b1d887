/* One integration with all its outputs kept, and small things that the experiments beyond the
 * papers (embed, position, layers, nodes, rivals, noise) share. */
#ifndef SHARED_KEPT_H
#define SHARED_KEPT_H

#include "experiments/frame/contract/typed.h"

struct kept {
    size_t count, n; /* outputs; length of a state */
    const double *t; /* (count) */
    double *y;       /* (count, n) */
    struct attndyn_ode_statistics statistics;
};

/* Integrates from y0: (n), left as it is, through times[0] < times[1] < ... Counters are recorded
 * under `label`, which also begins the message of a failure. All belongs to the context. */
enum attndyn_status kept_solve(const struct trial *run, const char *label,
                               const struct attndyn_ode_problem *problem,
                               const struct attndyn_ode_options *options, const double *y0,
                               const double *times, size_t count, struct kept *kept);
/* The same up to the first event of the problem: `count` becomes the outputs until then. */
enum attndyn_status kept_solve_until(const struct trial *run, const char *label,
                                     const struct attndyn_ode_problem *problem,
                                     const struct attndyn_ode_options *options, const double *y0,
                                     const double *times, size_t count, struct kept *kept);
static inline const double *kept_at(const struct kept *kept, size_t i) {
    return kept->y + i * kept->n;
}
/* `method` with this rtol and an atol a thousandth of it. */
struct attndyn_ode_options kept_options(enum attndyn_ode_method method, double rtol);
/* A logarithmic grid with per_decade outputs for each decade; both ends included. */
enum attndyn_status kept_grid(const struct trial *run, double first, double last, long per_decade,
                              double **times, size_t *count);
/* state[quantity][0] = value. */
enum attndyn_status kept_state(const struct trial *run, const char *quantity, double value);
/* ATTNDYN_USAGE where a list that the run needs is empty. */
enum attndyn_status kept_needs(const struct trial *run, const char *name, struct reals list);

#endif
