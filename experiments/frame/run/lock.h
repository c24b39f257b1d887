/* Locks a folder or store for one process, whatever path it is reached by: the lock is on a file in
 * the folder, or beside the store after following links. The lock ends with the process, and the
 * lock file is removed. */
#ifndef FRAME_RUN_LOCK_H
#define FRAME_RUN_LOCK_H

#include "sim/base/context.h"

struct lock {
    char *path; /* of the lock's file; owned by the context. NULL: not taken */
    int descriptor;
};

/* `what` begins the message ("store s.db"). ATTNDYN_IO: another process holds it, or no file can be
 * made at `path`. */
enum attndyn_status lock_take(struct attndyn_context *ctx, const char *path, const char *what,
                              struct lock *lock);
void lock_release(struct lock *lock);

#endif
