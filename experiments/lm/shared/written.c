#include "written.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum attndyn_status written_folder(const struct trial *run, const char *to, const char *name,
                                   struct written *w) {
    const char *checkpoint = results_checkpoint(run->results);
    w->temporary = false;
    if (*to) {
        w->folder = attndyn_strdup(run->ctx, to);
    } else if (checkpoint) {
        const char *slash = strrchr(checkpoint, '/');
        w->folder = attndyn_format(run->ctx, "%.*s%s", slash ? (int)(slash - checkpoint + 1) : 0,
                                   checkpoint, name);
    } else {
        const char *room = getenv("TMPDIR");
        w->folder = attndyn_format(run->ctx, "%s/attndyn-%s-XXXXXX", room ? room : "/tmp", name);
        w->temporary = w->folder && mkdtemp(w->folder);
        if (w->folder && !w->temporary)
            return attndyn_fail(run->ctx, ATTNDYN_IO, "cannot make a folder like %s", w->folder);
    }
    return w->folder ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status written_done(const struct trial *run, const struct written *w,
                                 enum attndyn_status status) {
    if (!w->temporary) return status ? status : NOTE(run, "written to %s", w->folder);
    for (size_t i = 0; w->files[i]; i++) {
        char *path = attndyn_format(run->ctx, "%s/%s", w->folder, w->files[i]);
        if (path) unlink(path);
    }
    rmdir(w->folder);
    return status;
}
