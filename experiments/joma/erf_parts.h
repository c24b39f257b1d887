/* joma/erf: what its run computes; the experiment itself is in erf.c. */
#ifndef EXPERIMENTS_JOMA_ERF_PARTS_H
#define EXPERIMENTS_JOMA_ERF_PARTS_H

#include "experiments/frame/params.h"
#include "experiments/frame/results.h"

enum attndyn_status erf_run(struct attndyn_context *ctx, const struct params *params,
                            struct results *results);

#endif
