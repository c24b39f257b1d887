/* Resolves a path: the file behind its links, and whether that file can be replaced. */
#ifndef ATTNDYN_BASE_TARGET_H
#define ATTNDYN_BASE_TARGET_H

#include "context.h"

#include <stdbool.h>

enum attndyn_target_kind {
    ATTNDYN_TARGET_MISSING, /* nothing there yet */
    ATTNDYN_TARGET_FILE,    /* a regular file */
    ATTNDYN_TARGET_FOLDER,
    ATTNDYN_TARGET_STREAM /* a device, a pipe, a socket, or a stream that this process holds */
};

struct attndyn_target {
    enum attndyn_target_kind kind;
    char *path; /* absolute, every link followed; two names of one file give the same. Owned by the
                   context. Where a folder on the way is missing, the path as it was given */
    int descriptor; /* of a stream named by its number (/dev/stdout, /dev/fd/3); otherwise -1 */
};

/* ATTNDYN_IO: links that lead in a circle. */
enum attndyn_status attndyn_target_find(struct attndyn_context *ctx, const char *path,
                                        struct attndyn_target *target);

#endif
