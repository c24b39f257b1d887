#include "folder.h"

#include "experiments/frame/contract/horizon.h"
#include "experiments/frame/contract/registry.h"
#include "sim/base/file.h"
#include "sim/base/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF "params.conf"
#define OVERWRITE "--overwrite replaces it, or name another --out"

/* --- its name ----------------------------------------------------------------------------------
 */

enum attndyn_status folder_default(struct attndyn_context *ctx, const struct params *params,
                                   char **folder) {
    char *text;
    ATTNDYN_TRY(params_text(ctx, params, &text));
    uint64_t hash = attndyn_hash_bytes(attndyn_hash_start, text, strlen(text));
    *folder = attndyn_format(ctx, "out/%s/%08" PRIx64, params_experiment(params)->id,
                             (hash ^ hash >> 32) & UINT64_C(0xFFFFFFFF));
    return *folder ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

enum attndyn_status folder_is_latest(struct attndyn_context *ctx, const struct params *params,
                                     const char *folder) {
    const char *name = strrchr(folder, '/') + 1;
    char *link = attndyn_format(ctx, "out/%s/latest", params_experiment(params)->id);
    char *temporary = link ? attndyn_file_temporary(ctx, link) : NULL;
    struct stat about;
    if (!temporary) return ATTNDYN_NO_MEMORY;
    /* Anything else by that name is left alone. */
    if (lstat(link, &about) == 0 && !S_ISLNK(about.st_mode)) return ATTNDYN_OK;
    if (symlink(name, temporary) == 0 && rename(temporary, link) == 0) return ATTNDYN_OK;
    int error = errno;
    unlink(temporary);
    return attndyn_fail(ctx, ATTNDYN_IO, "cannot make the link %s: %s", link, strerror(error));
}

/* --- whose it is -------------------------------------------------------------------------------
 */

static char *in(struct attndyn_context *ctx, const char *folder, const char *name,
                const char *ending) {
    return attndyn_format(ctx, "%s/%s%s", folder, name, ending);
}

/* The id in the first line of a params.conf; "" where there is none. */
static void id_of(const char *conf, char id[100]) {
    static const char head[] = "# attndyn run ";
    id[0] = '\0';
    if (strncmp(conf, head, sizeof head - 1) != 0) return;
    conf += sizeof head - 1;
    size_t n = strcspn(conf, " \n");
    if (n >= 100) return;
    memcpy(id, conf, n);
    id[n] = '\0';
}

/* *conf: the folder's params.conf, NULL where there is none. */
static enum attndyn_status conf_of(struct attndyn_context *ctx, const char *folder, char **conf) {
    char *path = in(ctx, folder, CONF, "");
    size_t length;
    *conf = NULL;
    if (!path) return ATTNDYN_NO_MEMORY;
    if (access(path, F_OK) != 0) return ATTNDYN_OK;
    return attndyn_file_read(ctx, path, conf, &length);
}

bool folder_is_of_a_run(struct attndyn_context *ctx, const char *folder) {
    char *conf = NULL, id[100] = "";
    if (conf_of(ctx, folder, &conf) != ATTNDYN_OK) attndyn_message_clear(ctx);
    if (conf) id_of(conf, id);
    return id[0] != '\0';
}

/* A parameter that params.conf does not have yet takes its default. */
static enum attndyn_status same_run(struct attndyn_context *ctx, const struct params *params,
                                    const char *folder, char *conf, bool longer) {
    const struct experiment *experiment = params_experiment(params);
    char id[100], *held, *why;
    enum horizon relation;
    struct params *there;
    id_of(conf, id);
    if (strcmp(id, experiment->id) != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s holds a run of %s, not of %s: " OVERWRITE,
                            folder, id[0] ? id : "something else", experiment->id);
    ATTNDYN_TRY(params_create(ctx, experiment, NULL, &there));
    enum attndyn_status status = params_parse(ctx, there, conf, strlen(conf), "its params.conf");
    if (status == ATTNDYN_NO_MEMORY) return status;
    if (status)
        return attndyn_fail_while(ctx, ATTNDYN_USAGE, "%s holds another run (" OVERWRITE ")",
                                  folder);
    ATTNDYN_TRY(params_text(ctx, there, &held));
    ATTNDYN_TRY(horizon_compare(ctx, held, params, &relation, &why));
    if (relation == HORIZON_SAME || (relation == HORIZON_SHORTER && longer)) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE, "%s holds another run: %s: %s" OVERWRITE, folder,
                        relation == HORIZON_SHORTER ? "a shorter one" : why,
                        relation == HORIZON_SHORTER ? "--resume goes on from it, " : "");
}

/* Calls `with` for each file that a run of the experiment writes. */
typedef enum attndyn_status file_fn(struct attndyn_context *ctx, const char *path, void *user);
static enum attndyn_status each_record(struct attndyn_context *ctx,
                                       const struct experiment *experiment, const char *folder,
                                       file_fn *with, void *user) {
    static const char *const records[] = {"run.json", "timing.json"};
    char *path;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        if (!(path = in(ctx, folder, records[i], ""))) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(with(ctx, path, user));
    }
    for (const struct figure *f = experiment->figures; f && f->name; f++)
        for (int svg = 0; svg < 2; svg++) {
            if (!(path = in(ctx, folder, f->name, svg ? ".svg" : ".gp"))) return ATTNDYN_NO_MEMORY;
            ATTNDYN_TRY(with(ctx, path, user));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status each_table(struct attndyn_context *ctx,
                                      const struct experiment *experiment, const char *folder,
                                      file_fn *with, void *user) {
    char *path;
    for (const struct table *t = experiment->tables; t && t->name; t++) {
        if (!(path = in(ctx, folder, t->name, ".csv"))) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(with(ctx, path, user));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status each_file(struct attndyn_context *ctx,
                                     const struct experiment *experiment, const char *folder,
                                     file_fn *with, void *user) {
    ATTNDYN_TRY(each_record(ctx, experiment, folder, with, user));
    return each_table(ctx, experiment, folder, with, user);
}

static enum attndyn_status unaccounted(struct attndyn_context *ctx, const char *path, void *user) {
    (void)user;
    struct stat about;
    if (lstat(path, &about) != 0 || about.st_size == 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s stands there, and no " CONF " beside it says whose it is: " OVERWRITE,
                        path);
}

enum attndyn_status folder_is_free(struct attndyn_context *ctx, const struct params *params,
                                   const char *folder, bool overwrite, bool longer) {
    char *conf;
    if (overwrite) return ATTNDYN_OK;
    ATTNDYN_TRY(conf_of(ctx, folder, &conf));
    if (conf) return same_run(ctx, params, folder, conf, longer);
    return each_file(ctx, params_experiment(params), folder, unaccounted, NULL);
}

enum attndyn_status folder_writable(struct attndyn_context *ctx, const char *folder) {
    ATTNDYN_TRY(attndyn_folder_make(ctx, folder));
    ATTNDYN_TRY(attndyn_folder_tidy(ctx, folder));
    char *probe = in(ctx, folder, ".writable", "");
    if (!probe) return ATTNDYN_NO_MEMORY;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, probe));
    attndyn_file_abandon(&file);
    return ATTNDYN_OK;
}

enum attndyn_status folder_claim(struct attndyn_context *ctx, const struct run *run,
                                 const char *folder, bool overwrite, struct lock *lock) {
    ATTNDYN_TRY(folder_is_free(ctx, run->params, folder, overwrite, run->resume));
    ATTNDYN_TRY(folder_writable(ctx, folder));
    char *path = in(ctx, folder, ".attndyn.lock", "");
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(lock_take(ctx, path, folder, lock));
    /* The previous owner may have written to the folder in the meantime. */
    enum attndyn_status status = folder_is_free(ctx, run->params, folder, overwrite, run->resume);
    if (status) lock_release(lock);
    return status;
}

/* --- what goes ---------------------------------------------------------------------------------
 */

static enum attndyn_status take_away(struct attndyn_context *ctx, const char *path, void *user) {
    (void)user;
    struct stat about;
    /* Keep links: the file that they point to will be rewritten in place. */
    if (lstat(path, &about) != 0 || S_ISLNK(about.st_mode)) return ATTNDYN_OK;
    if (unlink(path) == 0 || errno == ENOENT) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_IO, "cannot remove %.1000s: %s", path, strerror(errno));
}

enum attndyn_status folder_clear(struct attndyn_context *ctx, const struct experiment *experiment,
                                 const char *folder, bool keep_checkpoint) {
    char *conf, id[100] = "";
    ATTNDYN_TRY(conf_of(ctx, folder, &conf));
    if (conf) id_of(conf, id);
    char *path = in(ctx, folder, CONF, ""), *checkpoint = in(ctx, folder, RUN_CHECKPOINT, "");
    if (!path || !checkpoint) return ATTNDYN_NO_MEMORY;
    /* Remove run.json first, so that an interruption cannot leave an apparently complete run.
     * Beside a checkpoint that is kept, its tables and parameters stay until they are replaced:
     * without them it would be worth nothing after a kill. */
    ATTNDYN_TRY(each_record(ctx, experiment, folder, take_away, NULL));
    if (keep_checkpoint) return ATTNDYN_OK;
    ATTNDYN_TRY(each_table(ctx, experiment, folder, take_away, NULL));
    for (size_t e = 0; e < registry_count(); e++)
        if (registry_at(e) != experiment && strcmp(registry_at(e)->id, id) == 0)
            ATTNDYN_TRY(each_file(ctx, registry_at(e), folder, take_away, NULL));
    ATTNDYN_TRY(take_away(ctx, checkpoint, NULL));
    return take_away(ctx, path, NULL);
}
