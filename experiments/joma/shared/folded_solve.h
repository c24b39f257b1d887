/* Runs the folded JoMA dynamics to t_end, to the largest radius, or until the solver gives up.
 * Which of the three it was is always reported; giving up is a result, not a failed run. */
#ifndef JOMA_SHARED_FOLDED_SOLVE_H
#define JOMA_SHARED_FOLDED_SOLVE_H

#include "sim/model/joma/folded.h"

enum folded_end { FOLDED_AT_T_END, FOLDED_AT_RADIUS, FOLDED_GAVE_UP };

struct folded_outcome {
    enum folded_end end;
    double t, s;   /* physical time reached; path length, 0 in the original clock */
    char why[240]; /* FOLDED_GAVE_UP: the solver's words */
    struct attndyn_ode_statistics statistics;
};

/* Called at outputs: t = 0, a grid of the clock in use, and the end. s: as above. */
typedef enum attndyn_status folded_output_fn(void *user, double t, double s, const double *v);

/* y: (unknowns) in: V at t = 0, the rest 0; out: the last state. Outputs every output_step of path
 * length (rescaled), or at `outputs` equal times up to model->t_end (original; a finite t_end is
 * required). output may be NULL. ATTNDYN_USAGE if the start lies beyond model->stop_at. */
enum attndyn_status folded_solve(struct attndyn_context *ctx, struct attndyn_joma_folded *model,
                                 const struct attndyn_ode_options *options, double output_step,
                                 size_t outputs, folded_output_fn *output, void *user, double *y,
                                 struct folded_outcome *outcome);

/* "reached t_end", "reached the radius" or "solver gave up". */
const char *folded_end_name(const struct folded_outcome *outcome);

#endif
