#include "clock.h"

#include "sim/num/gemv.h"

#include <stdlib.h>
#include <time.h>

double clock_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { SIZES = 9, COLUMNS = 1024, SMALLEST = 1 << 20 };

enum attndyn_status clock_last_cache(const struct trial *run, double *bytes) {
    size_t most = (size_t)SMALLEST << (SIZES - 1), all = most / sizeof(float);
    uint64_t mark = attndyn_memory_mark(run->ctx);
    float *room, *ones, *y;
    double rate[SIZES];
    ATTNDYN_ALLOC(run->ctx, room, all);
    ATTNDYN_ALLOC(run->ctx, ones, COLUMNS);
    ATTNDYN_ALLOC(run->ctx, y, all / COLUMNS);
    /* write to every page, so that each is really allocated */
    for (size_t i = 0; i < all; i++) room[i] = 1;
    for (int i = 0; i < SIZES; i++) {
        size_t size = (size_t)SMALLEST << i, rows = size / sizeof(float) / COLUMNS;
        size_t repeats = most / size;
        rate[i] = 0;
        for (int round = 0; round < 3; round++) {
            double start = clock_seconds();
            for (size_t r = 0; r < repeats; r++)
                attndyn_gemv_best()->f32(rows, COLUMNS, room, COLUMNS, ones, y);
            keep_larger(&rate[i], (double)(size * repeats) / (clock_seconds() - start));
        }
    }
    *bytes = 0;
    for (int i = 0; i < SIZES; i++)
        if (rate[i] > (rate[0] + rate[SIZES - 1]) / 2) *bytes = (double)((size_t)SMALLEST << i);
    attndyn_memory_release(run->ctx, mark);
    return attndyn_check_interrupt(run->ctx);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread clock_spread(size_t n, double *x) {
    qsort(x, n, sizeof *x, ascending);
    double middle = n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
    return (struct spread){x[n / 4], middle, x[n - 1 - n / 4]};
}
