/* What the files of lowrank/projection share. */
#ifndef LOWRANK_PROJECTION_PROJECTION_H
#define LOWRANK_PROJECTION_PROJECTION_H

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

extern const struct check *const projection_checks[];

#endif
