/* What the files of lowrank/reversible share. */
#ifndef EXPERIMENTS_LOWRANK_REVERSIBLE_H
#define EXPERIMENTS_LOWRANK_REVERSIBLE_H

#include "experiments/frame/check.h"
#include "experiments/frame/params.h"
#include "experiments/frame/results.h"

extern const struct check reversible_checks[];

#endif
