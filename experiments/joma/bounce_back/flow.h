/* joma/bounce-back: what its run computes; the experiment itself is in bounce_back.c. */
#ifndef JOMA_BOUNCE_BACK_FLOW_H
#define JOMA_BOUNCE_BACK_FLOW_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

/* The model of the parameters: flow, offsets, comparison of integrators, state. */
enum attndyn_status bounce_run_flow(struct attndyn_context *ctx, const struct params *params,
                                    struct results *results);
/* The authors' figure 4: Euler in double and single precision, and the flow it approximates. */
enum attndyn_status bounce_run_figure(struct attndyn_context *ctx, const struct params *params,
                                      struct results *results);

#endif
