/* Time, for the few experiments that measure it. Times depend on more than parameters and seed, so
 * a run with a clock never gives the same bytes twice; `quick` presets use none. */
#ifndef SHARED_CLOCK_H
#define SHARED_CLOCK_H

#include "experiments/frame/contract/typed.h"

/* CPU seconds of the process. */
double clock_seconds(void);
/* Bytes of the last cache, as far as the rates of sums over ever larger arrays show it: the largest
 * array, in powers of two, that is read at more than the mean of the first and the last rate. Takes
 * 256 MB and about a second. */
enum attndyn_status clock_last_cache(const struct trial *run, double *bytes);
/* Median and quartiles of x (n), which is sorted. */
struct spread {
    double low, middle, high;
};
struct spread clock_spread(size_t n, double *x);

#endif
