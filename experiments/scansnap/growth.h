/* scansnap/growth: what it emits (growth.c) and how it is judged (growth_checks.c). */
#ifndef SCANSNAP_GROWTH_H
#define SCANSNAP_GROWTH_H

#include "experiments/frame/experiment.h"

extern const struct check growth_checks[];

#endif
