/* joma/erf: what its run computes; the experiment itself is in erf.c. */
#ifndef JOMA_ERF_PARTS_H
#define JOMA_ERF_PARTS_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

enum attndyn_status erf_run(struct attndyn_context *ctx, const struct params *params,
                            struct results *results);

#endif
