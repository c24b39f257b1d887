#include "writable.h"

#include "sim/base/file.h"

#include <sys/stat.h>

enum attndyn_status file_writable(struct attndyn_context *ctx, const char *path) {
    struct stat about;
    /* The rename at the end would fail on it. */
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write %s: it is a folder; name a file", path);
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    attndyn_file_abandon(&file);
    return ATTNDYN_OK;
}
