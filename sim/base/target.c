#include "target.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LINKS = 40 }; /* as the kernel has it */

/* The N of a link to /proc/self/fd/N, or -1. Such a link leads to an open stream, not to a file
 * that could be replaced. `folder` contains no links. */
static int own_descriptor(const char *folder, const char *name) {
    char mine[64];
    snprintf(mine, sizeof mine, "/proc/%ld/fd", (long)getpid());
    if (strcmp(folder, mine) != 0) return -1;
    char *end;
    long number = strtol(name, &end, 10);
    return *name >= '0' && *name <= '9' && *end == '\0' && number <= INT_MAX ? (int)number : -1;
}

static enum attndyn_target_kind kind_of(mode_t mode) {
    if (S_ISREG(mode)) return ATTNDYN_TARGET_FILE;
    return S_ISDIR(mode) ? ATTNDYN_TARGET_FOLDER : ATTNDYN_TARGET_STREAM;
}

enum attndyn_status attndyn_target_find(struct attndyn_context *ctx, const char *path,
                                        struct attndyn_target *target) {
    *target = (struct attndyn_target){.descriptor = -1};
    char *at = attndyn_strdup(ctx, path);
    for (int links = 0; at && links <= MOST_LINKS; links++) {
        char *slash = strrchr(at, '/'), *name = slash ? slash + 1 : at;
        char *before =
            slash ? attndyn_format(ctx, "%.*s/", (int)(slash - at), at) : attndyn_strdup(ctx, ".");
        if (!before) return ATTNDYN_NO_MEMORY;
        char folder[PATH_MAX], beyond[PATH_MAX];
        target->path = at;
        bool whole = *name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        /* the error will be reported when it is opened */
        if (!realpath(whole ? at : before, folder)) return ATTNDYN_OK;
        char *here = whole ? attndyn_strdup(ctx, folder)
                           : attndyn_format(ctx, "%s/%s", strcmp(folder, "/") ? folder : "", name);
        if (!here) return ATTNDYN_NO_MEMORY;
        target->path = here;
        struct stat about;
        if (lstat(here, &about) != 0) return ATTNDYN_OK;
        target->kind = kind_of(about.st_mode);
        if (!S_ISLNK(about.st_mode)) return ATTNDYN_OK;
        target->kind = ATTNDYN_TARGET_STREAM;
        if ((target->descriptor = own_descriptor(folder, name)) >= 0) return ATTNDYN_OK;
        target->kind = ATTNDYN_TARGET_MISSING;
        ssize_t length = readlink(here, beyond, sizeof beyond - 1);
        if (length < 0) return ATTNDYN_OK;
        beyond[length] = '\0';
        at = beyond[0] == '/' ? attndyn_strdup(ctx, beyond)
                              : attndyn_format(ctx, "%s/%s", folder, beyond);
    }
    if (!at) return ATTNDYN_NO_MEMORY;
    return attndyn_fail(ctx, ATTNDYN_IO, "cannot follow %.1000s: its links lead in a circle", path);
}
