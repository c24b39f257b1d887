#include "writable.h"

#include "sim/base/file.h"
#include "sim/base/target.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum attndyn_status file_writable(struct attndyn_context *ctx, const char *path) {
    struct attndyn_target target;
    ATTNDYN_TRY(attndyn_target_find(ctx, path, &target));
    /* The rename at the end would fail on it. */
    if (target.kind == ATTNDYN_TARGET_FOLDER)
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write %s: it is a folder; name a file", path);
    /* A pipe that is opened and closed again has ended for its reader. */
    if (target.kind == ATTNDYN_TARGET_STREAM) {
        if (access(path, W_OK) == 0) return ATTNDYN_OK;
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write %s: %s", path, strerror(errno));
    }
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    attndyn_file_abandon(&file);
    return ATTNDYN_OK;
}
