/* The checks of joma/invariant. */
#ifndef JOMA_INVARIANT_CLAIMS_H
#define JOMA_INVARIANT_CLAIMS_H

#include "experiments/frame/contract/experiment.h"

extern const struct check *const joma_invariant_checks[];

#endif
