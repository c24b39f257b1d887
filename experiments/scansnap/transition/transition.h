/* scansnap/transition: what it emits (transition.c) and how it is judged (transition_checks.c). */
#ifndef SCANSNAP_TRANSITION_TRANSITION_H
#define SCANSNAP_TRANSITION_TRANSITION_H

#include "experiments/frame/contract/experiment.h"

extern const struct check *const transition_checks[];

#endif
