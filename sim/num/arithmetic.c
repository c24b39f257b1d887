#include "arithmetic.h"

#include <float.h>
#include <math.h>

/* volatile, so that the compiler cannot evaluate it. */
static double seen(double x) {
    volatile double room = x;
    return room;
}

/* The square of 1 + 2^-27 is 1 + 2^-26 + 2^-54, of which rounding takes the last part. */
static bool rounds_products(void) {
    double a = seen(1 + 0x1p-27), c = seen(-(1 + 0x1p-26));
    double sum = a * a + c;
    return sum == 0;
}

static bool keeps_tiny_numbers(void) {
    double half = seen(DBL_MIN) / seen(2);
    return half > 0 && half + half == seen(DBL_MIN);
}

static bool keeps_infinities(void) {
    double none = seen(INFINITY) - seen(INFINITY);
    return none != none && isnan(none) && isinf(seen(INFINITY));
}

static bool keeps_the_order_of_sums(void) {
    double big = seen(0x1p60), small = seen(1);
    double sum = (small + big) - big;
    return sum == 0;
}

enum attndyn_status attndyn_arithmetic_check(struct attndyn_context *ctx) {
    const char *wrong = !rounds_products()           ? "fuses products and sums"
                        : !keeps_tiny_numbers()      ? "flushes tiny numbers to 0"
                        : !keeps_infinities()        ? "knows no infinities"
                        : !keeps_the_order_of_sums() ? "adds in an order of its own"
                                                     : NULL;
    if (!wrong) return ATTNDYN_OK;
    return attndyn_fail(
        ctx, ATTNDYN_RUN_FAILED,
        "this build %s, and its numbers would not be those that are promised: build "
        "it by the Makefile, without -ffast-math, -Ofast and -ffp-contract=fast",
        wrong);
}
