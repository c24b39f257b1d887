/* Learning rates, and weights of losses: finite and not negative. */
#ifndef ATTNDYN_MODEL_RATES_H
#define ATTNDYN_MODEL_RATES_H

#include "../base/context.h"

struct attndyn_rate {
    const char *name;
    double value;
};

/* rates: until a name is NULL. ATTNDYN_USAGE names the first that is negative or not finite. */
enum attndyn_status attndyn_rates_check(struct attndyn_context *ctx,
                                        const struct attndyn_rate *rates);

#endif
