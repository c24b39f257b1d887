/* joma/critical-point: what the description (critical_point.c) and the computation share. */
#ifndef JOMA_CRITICAL_POINT_CRITICAL_POINT_H
#define JOMA_CRITICAL_POINT_CRITICAL_POINT_H

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

enum attndyn_status critical_point_run(struct attndyn_context *ctx, const struct params *params,
                                       struct results *results);

#endif
