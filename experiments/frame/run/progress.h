/* Progress on stderr: a line that changes where it is a terminal, anywhere else (a log) a new line
 * once a minute. */
#ifndef FRAME_RUN_PROGRESS_H
#define FRAME_RUN_PROGRESS_H

#include "sim/base/context.h"

#include <stdio.h>

struct progress {
    const char *label; /* what runs: an experiment's id, "verify" */
    double started, shown, every;
    double from, from_time; /* where this process began to count, and when */
    char what[80];          /* the kind of thing counted, cut */
    bool terminal;
};

void progress_start(struct progress *progress, const char *label);
/* An attndyn_progress_fn; user: struct progress. Rate and remaining time count only what this
 * process has done, since a resumed run does not start at 0. Prints at most ten times a second. */
void progress_show(void *user, const char *what, double done, double total);
/* That line, at `now` (progress_clock): "lm/x: tokens 7000/14000 (50 %), 1200/s, 6 s left". */
void progress_line(FILE *stream, struct progress *progress, double now, const char *what,
                   double done, double total);
/* Seconds of the monotonic clock. */
double progress_clock(void);
/* Erases the line. */
void progress_end(struct progress *progress);

#endif
