/* The checks of joma/invariant-softmax. */
#ifndef JOMA_INVARIANT_SOFTMAX_CLAIMS_H
#define JOMA_INVARIANT_SOFTMAX_CLAIMS_H

#include "experiments/frame/contract/experiment.h"

extern const struct check *const joma_invariant_softmax_checks[];

#endif
