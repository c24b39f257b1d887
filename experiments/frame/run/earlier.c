#include "earlier.h"

#include "experiments/frame/contract/horizon.h"
#include "resume.h"
#include "sim/base/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How far the run of a params.conf goes, its horizons added. */
static double length_of(const struct experiment *experiment, const char *conf) {
    double sum = 0;
    for (const struct param *p = experiment->params; p && p->name; p++) {
        if (!p->longer) continue;
        for (const char *line = conf; line; line = strchr(line, '\n')) {
            line += *line == '\n';
            const size_t n = strlen(p->name);
            if (strncmp(line, p->name, n) == 0 && strncmp(line + n, " = ", 3) == 0)
                sum += strtod(line + n + 3, NULL);
        }
    }
    return sum;
}

static enum attndyn_status look_at(struct attndyn_context *ctx, const struct run *run,
                                   const char *folder, double *longest, char **from) {
    char *conf = attndyn_format(ctx, "%s/params.conf", folder), *text, *why;
    char *progress = attndyn_format(ctx, "%s/" RUN_CHECKPOINT, folder);
    struct stat about;
    size_t length;
    enum horizon relation;
    if (!conf || !progress) return ATTNDYN_NO_MEMORY;
    /* `latest` is a link to one of the others. */
    if (lstat(folder, &about) != 0 || !S_ISDIR(about.st_mode)) return ATTNDYN_OK;
    if (access(conf, R_OK) != 0 || access(progress, R_OK) != 0) return ATTNDYN_OK;
    ATTNDYN_TRY(attndyn_file_read(ctx, conf, &text, &length));
    ATTNDYN_TRY(horizon_compare(ctx, text, run->params, &relation, &why));
    const double reaches = length_of(run->experiment, text);
    if (relation != HORIZON_SHORTER || reaches <= *longest) return ATTNDYN_OK;
    *longest = reaches;
    *from = attndyn_strdup(ctx, folder);
    return *from ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status find(struct attndyn_context *ctx, const struct run *run, char **from) {
    const char *slash = strrchr(run->folder, '/');
    char *beside = slash ? attndyn_format(ctx, "%.*s", (int)(slash - run->folder), run->folder)
                         : attndyn_strdup(ctx, ".");
    double longest = 0;
    *from = NULL;
    if (!beside) return ATTNDYN_NO_MEMORY;
    DIR *open = opendir(beside);
    if (!open) return ATTNDYN_OK;
    enum attndyn_status status = ATTNDYN_OK;
    for (struct dirent *entry; !status && (entry = readdir(open));) {
        if (entry->d_name[0] == '.') continue;
        char *folder = attndyn_format(ctx, "%s/%s", beside, entry->d_name);
        status = folder ? look_at(ctx, run, folder, &longest, from) : ATTNDYN_NO_MEMORY;
    }
    closedir(open);
    return status;
}

static enum attndyn_status copy(struct attndyn_context *ctx, const char *from, const char *to,
                                const char *name, const char *ending) {
    char *source = attndyn_format(ctx, "%s/%s%s", from, name, ending), *bytes;
    char *target = attndyn_format(ctx, "%s/%s%s", to, name, ending);
    struct attndyn_file file;
    size_t length;
    if (!source || !target) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_read(ctx, source, &bytes, &length));
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, target));
    fwrite(bytes, 1, length, file.stream);
    ATTNDYN_TRY(attndyn_file_commit(ctx, &file));
    attndyn_free(ctx, bytes);
    return ATTNDYN_OK;
}

/* params.conf, which says whose the folder is, is copied first and the progress last: after a kill
 * in between, it is copied again. */
enum attndyn_status earlier_take(struct attndyn_context *ctx, const struct run *run, char **from) {
    char *progress = attndyn_format(ctx, "%s/" RUN_CHECKPOINT, run->folder);
    bool grows = false;
    *from = NULL;
    if (!progress) return ATTNDYN_NO_MEMORY;
    for (const struct param *p = run->experiment->params; p && p->name; p++)
        grows |= p->longer && !*p->longer;
    if (!grows || access(progress, F_OK) == 0) return ATTNDYN_OK;
    ATTNDYN_TRY(find(ctx, run, from));
    if (!*from) return ATTNDYN_OK;
    ATTNDYN_TRY(resume_write_params(ctx, run->params, run->folder));
    for (const struct table *t = run->experiment->tables; t && t->name; t++)
        ATTNDYN_TRY(copy(ctx, *from, run->folder, t->name, ".csv"));
    return copy(ctx, *from, run->folder, RUN_CHECKPOINT, "");
}
