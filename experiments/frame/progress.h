/* A progress line on stderr where it is a terminal; nothing anywhere else. */
#ifndef FRAME_PROGRESS_H
#define FRAME_PROGRESS_H

#include "sim/base/context.h"

struct progress {
    const char *label; /* what runs: an experiment's id, "verify" */
    double started, shown;
    bool on;
};

void progress_start(struct progress *progress, const char *label);
/* An attndyn_progress_fn; user: struct progress. Rate and time left, at most ten times a second. */
void progress_show(void *user, const char *what, double done, double total);
/* Seconds of the monotonic clock. */
double progress_clock(void);
/* Wipes the line. */
void progress_end(struct progress *progress);

#endif
