/* Shared by the checks of the solvable JoMA experiments. */
#ifndef JOMA_SHARED_CHECKS_H
#define JOMA_SHARED_CHECKS_H

#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/results.h"

/* Agreement to 1e-9 is claimed of tight integration; a run at another tolerance shows its error. */
#define NEEDS_TIGHT                                                                                \
    if (param_real(p, "rtol") > 1e-11)                                                             \
    return verdict_skip(v, "claimed for rtol of 1e-11 or less; this run has %g",                   \
                        param_real(p, "rtol"))

#endif
