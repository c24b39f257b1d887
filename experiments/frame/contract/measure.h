/* How a claim, or a run, comes to one number from many: the largest, the smallest, a sum, so that
 * what is not a number and what was never looked at stay visible to the verdict. */
#ifndef FRAME_CONTRACT_MEASURE_H
#define FRAME_CONTRACT_MEASURE_H

#include "check.h"

#include <math.h>

/* The larger |x|; what is not a number stays. From NOTHING_YET on, or from INFINITY for a smallest.
 */
static inline void worst(double *most, double x) {
    if (!isnan(*most) && !(fabs(x) <= *most)) *most = fabs(x);
}
/* The largest |found - expected| of n numbers, over the largest |expected|. */
static inline double worst_apart(size_t n, const double *found, const double *expected) {
    double off = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        worst(&off, found[i] - expected[i]);
        worst(&largest, expected[i]);
    }
    return off / largest;
}
/* The same of x with its sign: the larger, the smaller. */
static inline void keep_larger(double *most, double x) {
    if (!isnan(*most) && !(x <= *most)) *most = x;
}
static inline void keep_smaller(double *least, double x) {
    if (!isnan(*least) && !(x >= *least)) *least = x;
}
/* fmax and fmin drop what is not a number; a claim must not. */
static inline double larger_of(double a, double b) {
    return isnan(a) || a > b ? a : b;
}
static inline double smaller_of(double a, double b) {
    return isnan(a) || a < b ? a : b;
}
/* How many of n are wrong; NOTHING_YET of none. */
static inline double wrong_of(double wrong, size_t n) {
    return n ? wrong : NOTHING_YET;
}
/* x where it is above 0, else 0; what is not a number, and NOTHING_YET, stay. */
static inline double positive_part(double x) {
    return x <= 0 && isfinite(x) ? 0 : x;
}
/* The same with how many were looked at, and a sum: struct tally off = {NOTHING_YET, 0}, or
 * {INFINITY, 0} for a smallest. */
struct tally {
    double value;
    size_t n;
};
static inline void tally_worst(struct tally *tally, double x) {
    worst(&tally->value, x), tally->n++;
}
static inline void tally_add(struct tally *tally, double x) {
    tally->value = tally->n++ ? tally->value + x : x;
}
static inline void tally_larger(struct tally *tally, double x) {
    keep_larger(&tally->value, x), tally->n++;
}
static inline void tally_smaller(struct tally *tally, double x) {
    keep_smaller(&tally->value, x), tally->n++;
}

#endif
