/* The checks of joma/invariant. */
#ifndef JOMA_INVARIANT_CHECKS_H
#define JOMA_INVARIANT_CHECKS_H

#include "experiments/frame/experiment.h"

extern const struct check joma_invariant_checks[];

#endif
