/* The parts of scansnap/relative-gain: what it emits (relative_gain.c) and how it is judged
 * (relative_gain_checks.c). */
#ifndef SCANSNAP_RELATIVE_GAIN_RELATIVE_GAIN_H
#define SCANSNAP_RELATIVE_GAIN_RELATIVE_GAIN_H

#include "experiments/frame/contract/experiment.h"

extern const struct check *const relative_gain_checks[];

#endif
