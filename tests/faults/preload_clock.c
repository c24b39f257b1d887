/* A test-only library (LD_PRELOAD): the clock on the wall is wrong, but it goes: libraries wait for
 * it while they are loaded (Open MPI's does). ATTNDYN_CLOCK is the year in which the process
 * starts, or `jumps`: every call is years away from the last. CLOCK_MONOTONIC stays as it is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static int true_clock(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    return next(clock, now);
}

static time_t wrong(time_t right) {
    static unsigned long calls;
    static time_t first;
    const char *how = getenv("ATTNDYN_CLOCK");
    if (!first) first = right;
    if (!how) return right;
    if (strcmp(how, "jumps") == 0) return (time_t)((++calls * 2654435761u) % 4000000000u) - 1000000;
    return (time_t)((atol(how) - 1970) * 31556952L) + (right - first);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int code = true_clock(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec = wrong(now->tv_sec);
    return code;
}

time_t time(time_t *to) {
    struct timespec now;
    true_clock(CLOCK_REALTIME, &now);
    time_t shown = wrong(now.tv_sec);
    if (to) *to = shown;
    return shown;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec right;
    true_clock(CLOCK_REALTIME, &right);
    now->tv_sec = wrong(right.tv_sec);
    now->tv_usec = right.tv_nsec / 1000;
    return 0;
}
