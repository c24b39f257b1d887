/* A test-only library (LD_PRELOAD): the clock on the wall is wrong. ATTNDYN_CLOCK is a year, or
 * `jumps`: every call is years away from the last. CLOCK_MONOTONIC stays as it is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static time_t wrong(void) {
    static unsigned long calls;
    const char *how = getenv("ATTNDYN_CLOCK");
    if (!how) return 0;
    if (strcmp(how, "jumps") == 0) return (time_t)((++calls * 2654435761u) % 4000000000u) - 1000000;
    return (time_t)((atol(how) - 1970) * 31556952L);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*next)(clockid_t, struct timespec *);
    *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    int code = next(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec = wrong();
    return code;
}

time_t time(time_t *to) {
    time_t now = wrong();
    if (to) *to = now;
    return now;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    now->tv_sec = wrong();
    now->tv_usec = 0;
    return 0;
}
