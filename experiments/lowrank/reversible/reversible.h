/* What the files of lowrank/reversible share. */
#ifndef LOWRANK_REVERSIBLE_REVERSIBLE_H
#define LOWRANK_REVERSIBLE_REVERSIBLE_H

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

extern const struct check *const reversible_checks[];

#endif
