/* Whether this build's arithmetic is IEEE's. */
#ifndef ATTNDYN_NUM_ARITHMETIC_H
#define ATTNDYN_NUM_ARITHMETIC_H

#include "../base/context.h"

/* ATTNDYN_RUN_FAILED where this library was built with flags that change results (-ffast-math,
 * -ffp-contract=fast, -Ofast) or runs in a mode that does: products not rounded before they are
 * added, tiny numbers flushed to 0, infinities assumed away, sums reordered. */
enum attndyn_status attndyn_arithmetic_check(struct attndyn_context *ctx);

#endif
