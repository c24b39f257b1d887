/* What the compiler may have been told to do to arithmetic. */
#ifndef ATTNDYN_NUM_ARITHMETIC_H
#define ATTNDYN_NUM_ARITHMETIC_H

#include "../base/context.h"

/* ATTNDYN_RUN_FAILED where this library was built with flags that change results (-ffast-math,
 * -ffp-contract=fast, -Ofast) or runs in a mode that does: products that are not rounded before they
 * are added, tiny numbers flushed to 0, infinities taken for none, sums in another order. */
enum attndyn_status attndyn_arithmetic_check(struct attndyn_context *ctx);

#endif
