/* The shorter run that a longer one goes on from, where each has a folder of its own. */
#ifndef FRAME_RUN_EARLIER_H
#define FRAME_RUN_EARLIER_H

#include "run.h"

/* Among the folders beside run->folder, the run of the same parameters but for a shorter horizon,
 * the longest of those that have saved their progress: its tables and progress are copied to
 * run->folder, which is this process's own and has no progress yet. *from: its folder, owned by
 * ctx; NULL: there is none. That folder stays as it is. */
enum attndyn_status earlier_take(struct attndyn_context *ctx, const struct run *run, char **from);

#endif
