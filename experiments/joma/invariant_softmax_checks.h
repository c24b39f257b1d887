/* The checks of joma/invariant-softmax. */
#ifndef JOMA_INVARIANT_SOFTMAX_CHECKS_H
#define JOMA_INVARIANT_SOFTMAX_CHECKS_H

#include "experiments/frame/experiment.h"

extern const struct check joma_invariant_softmax_checks[];

#endif
