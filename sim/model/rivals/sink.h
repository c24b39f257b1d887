/* An attention sink: a dormant head parks its attention on a token without value.
 *
 * The logits are right without the head. It attends c = 1/(1 + e^-z) to a sink of value v and 1 - c
 * to values of mean 0 and variance s2; what it adds is an error, L = (c^2 v^2 + (1 - c)^2 s2)/2
 * (after arXiv 2410.13835; the flow derived here): dz/dt = -eta_z (c v^2 - (1 - c) s2) c (1 - c),
 * dv/dt = -eta_v c^2 v. */
#ifndef ATTNDYN_MODEL_RIVALS_SINK_H
#define ATTNDYN_MODEL_RIVALS_SINK_H

#include "../../num/ode.h"

struct attndyn_sink {
    double eta_z, eta_v, s2; /* > 0; >= 0; > 0 */
};
enum { ATTNDYN_SINK_Z, ATTNDYN_SINK_V, ATTNDYN_SINK_STATES };
enum attndyn_status attndyn_sink_check(struct attndyn_context *ctx,
                                       const struct attndyn_sink *model);
struct attndyn_ode_problem attndyn_sink_problem(const struct attndyn_sink *model);
double attndyn_sink_loss(const struct attndyn_sink *model, const double *y);

#endif
