#include "clock.h"

#include "paired.h"
#include "sim/num/gemv.h"

#include <time.h>

static double seconds_of(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double clock_seconds(void) {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double clock_wall_seconds(void) {
    return seconds_of(CLOCK_MONOTONIC);
}

enum { COLUMNS = 1024 };

enum attndyn_status clock_rates(const struct trial *run, double rate[CLOCK_SIZES]) {
    size_t most = (size_t)clock_size(CLOCK_SIZES - 1), all = most / sizeof(float);
    uint64_t mark = attndyn_memory_mark(run->ctx);
    float *room, *ones, *y;
    ATTNDYN_ALLOC(run->ctx, room, all);
    ATTNDYN_ALLOC(run->ctx, ones, COLUMNS);
    ATTNDYN_ALLOC(run->ctx, y, all / COLUMNS);
    /* write to every page, so that each is really allocated */
    for (size_t i = 0; i < all; i++) room[i] = 1;
    for (int i = 0; i < CLOCK_SIZES; i++) {
        size_t size = (size_t)clock_size(i), rows = size / sizeof(float) / COLUMNS;
        size_t repeats = most / size;
        rate[i] = 0;
        for (int round = 0; round < 3; round++) {
            double start = clock_seconds();
            for (size_t r = 0; r < repeats; r++)
                attndyn_gemv_best()->f32(rows, COLUMNS, room, COLUMNS, ones, y);
            keep_larger(&rate[i], (double)(size * repeats) / (clock_seconds() - start));
        }
    }
    attndyn_memory_release(run->ctx, mark);
    return attndyn_check_interrupt(run->ctx);
}

double clock_last_cache_of(const double rate[CLOCK_SIZES]) {
    double bytes = 0;
    for (int i = 0; i < CLOCK_SIZES; i++)
        if (rate[i] > (rate[0] + rate[CLOCK_SIZES - 1]) / 2) bytes = clock_size(i);
    return bytes;
}

enum attndyn_status clock_last_cache(const struct trial *run, double *bytes) {
    double rate[CLOCK_SIZES];
    ATTNDYN_TRY(clock_rates(run, rate));
    *bytes = clock_last_cache_of(rate);
    return ATTNDYN_OK;
}

struct spread clock_spread(size_t n, double *x) {
    ascending(n, x);
    double middle = n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
    return (struct spread){x[n / 4], middle, x[n - 1 - n / 4]};
}
