#include "rates.h"

#include <math.h>

enum attndyn_status attndyn_rates_check(struct attndyn_context *ctx,
                                        const struct attndyn_rate *rates) {
    for (; rates->name; rates++)
        if (!(rates->value >= 0) || !isfinite(rates->value))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "learning rates and weights must be finite and not negative: %s = "
                                "%g",
                                rates->name, rates->value);
    return ATTNDYN_OK;
}
