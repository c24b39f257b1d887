#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
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
    progress->what[0] = '\0';
    progress->terminal = isatty(STDERR_FILENO) != 0;
    /* In a log, print the first line soon, then fewer: after 4, 12, 28, 60 s, then every minute. */
    progress->every = progress->terminal ? 0.1 : 4;
    progress->shown = progress->started; /* short work needs no line */
}

/* "59 s", "3:05 min", "2:07 h" */
static void print_duration(FILE *stream, double seconds) {
    seconds = round(seconds); /* 3499.99 s are 58:20 min, not 58:19 */
    if (seconds < 60)
        fprintf(stream, "%.0f s", seconds);
    else if (seconds < 3600)
        fprintf(stream, "%d:%02d min", (int)seconds / 60, (int)seconds % 60);
    else
        fprintf(stream, "%.0f:%02d h", floor(seconds / 3600), (int)fmod(seconds, 3600) / 60);
}

void progress_line(FILE *stream, struct progress *progress, double now, const char *what,
                   double done, double total) {
    bool same = strncmp(progress->what, what, sizeof progress->what - 1) == 0;
    if (!same || done < progress->from) {
        snprintf(progress->what, sizeof progress->what, "%s", what);
        progress->from = done;
        progress->from_time = now;
    }
    /* Totals are estimates: grow one that is exceeded. */
    if (total > 0 && done > total) total = done;
    double elapsed = now - progress->from_time;
    double rate = elapsed > 0 ? (done - progress->from) / elapsed : 0;
    if (!(total > 0) || !(done > 0)) {
        fprintf(stream, "%s: %s, ", progress->label, what);
        print_duration(stream, now - progress->started);
        return;
    }
    fprintf(stream, "%s: %s %.0f/%.0f (%.0f %%)", progress->label, what, done, total,
            100 * done / total);
    if (!(rate > 0)) return;
    fprintf(stream, rate < 1000 ? ", %.3g/s, " : ", %.0f/s, ", rate);
    print_duration(stream, (total - done) / rate);
    fputs(" left", stream);
}

void progress_show(void *user, const char *what, double done, double total) {
    struct progress *progress = user;
    double t = progress_clock();
    if (t - progress->shown < progress->every) return;
    progress->shown = t;
    if (!progress->terminal) progress->every = fmin(60, 2 * progress->every);
    if (progress->terminal) fputs("\r\033[K", stderr);
    progress_line(stderr, progress, t, what, done, total);
    if (!progress->terminal) fputc('\n', stderr);
}

void progress_end(struct progress *progress) {
    if (progress->terminal && progress->shown > progress->started) fputs("\r\033[K", stderr);
}
