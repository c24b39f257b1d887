/* Failures that a user tolerates: a file of lines `CHECK-ID reason`, with # comments. */
#ifndef FRAME_JUDGE_KNOWN_H
#define FRAME_JUDGE_KNOWN_H

#include "experiments/frame/run/run.h"

/* Can it be read, does every line name a check and a reason? ATTNDYN_NO_INPUT, ATTNDYN_USAGE. */
enum attndyn_status known_check(struct attndyn_context *ctx, const char *path);
/* Fills run->known; nothing where path is NULL. */
enum attndyn_status known_apply(struct attndyn_context *ctx, const char *path, struct run *run);

#endif
