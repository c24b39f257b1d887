/* Time, for the few experiments that measure it. Times depend on more than parameters and seed, so
 * a run with a clock never gives the same bytes twice; `quick` presets use none. */
#ifndef SHARED_CLOCK_H
#define SHARED_CLOCK_H

#include "experiments/frame/contract/typed.h"

/* CPU seconds of the process. */
double clock_seconds(void);
/* Seconds since some moment. */
double clock_wall_seconds(void);
/* Bytes a second at which sums over arrays of clock_size(i) bytes read, the best of three: from 1
 * MB on, each twice the one before. Takes 256 MB and about a second. */
enum { CLOCK_SIZES = 9 };
static inline double clock_size(int i) {
    return (double)((size_t)1 << (20 + i));
}
enum attndyn_status clock_rates(const struct trial *run, double rate[CLOCK_SIZES]);
/* The last cache that these rates show, in bytes. */
double clock_last_cache_of(const double rate[CLOCK_SIZES]);
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
