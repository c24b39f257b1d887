/* scansnap/growth: what it emits (growth.c) and how it is judged (growth_checks.c). */
#ifndef SCANSNAP_GROWTH_GROWTH_H
#define SCANSNAP_GROWTH_GROWTH_H

#include "experiments/frame/contract/experiment.h"

extern const struct check *const growth_checks[];

#endif
