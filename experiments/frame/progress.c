#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

double progress_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_start(struct progress *progress, const char *label) {
    progress->label = label;
    progress->started = progress_clock();
    progress->shown = 0;
    progress->on = isatty(STDERR_FILENO) != 0;
}

void progress_show(void *user, const char *what, double done, double total) {
    struct progress *progress = user;
    if (!progress->on) return;
    double t = progress_clock();
    if (t - progress->shown < 0.1) return;
    progress->shown = t;
    double elapsed = t - progress->started, rate = elapsed > 0 ? done / elapsed : 0;
    if (total > 0 && done > 0)
        fprintf(stderr, "\r\033[K%s: %s %.0f/%.0f (%.0f %%), %.3g/s, %.0f s left", progress->label,
                what, done, total, 100 * done / total, rate, (total - done) / rate);
    else
        fprintf(stderr, "\r\033[K%s: %s, %.0f s", progress->label, what, elapsed);
}

void progress_end(struct progress *progress) {
    if (progress->on && progress->shown > 0) fputs("\r\033[K", stderr);
}
