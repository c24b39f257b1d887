/* Options that must lie in [0, below). */
#ifndef ATTNDYN_NUM_OPTIM_RANGES_PRIVATE_H
#define ATTNDYN_NUM_OPTIM_RANGES_PRIVATE_H

#include "../../base/context.h"

struct optim_range {
    const char *name;
    double value, below;
};

/* what: whose options they are; the list ends with {0}. */
static inline enum attndyn_status optim_ranges_check(struct attndyn_context *ctx, const char *what,
                                                     const struct optim_range *ranges) {
    for (const struct optim_range *r = ranges; r->name; r++)
        if (!(r->value >= 0 && r->value < r->below))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: %s is %g, expected [0, %g)", what, r->name,
                                r->value, r->below);
    return ATTNDYN_OK;
}

#endif
