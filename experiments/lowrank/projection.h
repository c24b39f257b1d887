/* What the files of lowrank/projection share. */
#ifndef EXPERIMENTS_LOWRANK_PROJECTION_H
#define EXPERIMENTS_LOWRANK_PROJECTION_H

#include "experiments/frame/check.h"
#include "experiments/frame/params.h"
#include "experiments/frame/results.h"

extern const struct check projection_checks[];

#endif
