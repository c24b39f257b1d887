#include "outputs.h"

#include "inputs.h"
#include "run.h"
#include "sim/base/file.h"
#include "sim/base/target.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool outputs_is_stdout(const char *path) {
    return path && strcmp(path, "-") == 0;
}

enum attndyn_status outputs_add(struct attndyn_context *ctx, struct outputs *outputs,
                                const char *option, const char *path, enum output_kind kind) {
    if (!path || !*path) return ATTNDYN_OK;
    if (strcmp(path, "-") == 0 && kind == OUTPUT_STORE)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s -: a store is a file, name one", option);
    if (outputs_is_stdout(path) && kind != OUTPUT_STORE_READ && kind != OUTPUT_INPUT) {
        if (outputs->printed)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s and %s both go to the standard output: name a file for one",
                                outputs->printed, option);
        outputs->printed = option;
        return ATTNDYN_OK;
    }
    ATTNDYN_RESIZE(ctx, outputs->items, outputs->count, outputs->count + 1);
    struct attndyn_target target;
    ATTNDYN_TRY(attndyn_target_find(ctx, path, &target));
    struct output *o = &outputs->items[outputs->count];
    *o = (struct output){option, attndyn_strdup(ctx, path), target.path, kind};
    if (!o->path) return ATTNDYN_NO_MEMORY;
    outputs->count++;
    if (kind != OUTPUT_STORE && kind != OUTPUT_STORE_READ) return ATTNDYN_OK;
    o->kind = kind == OUTPUT_STORE ? kind : OUTPUT_INPUT;
    /* SQLite's own files, and the lock, beside it. */
    static const char *const parts[] = {"-wal", "-shm", "-journal", ".lock"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *part = attndyn_format(ctx, "%s%s", path, parts[i]);
        if (!part) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(outputs_add(ctx, outputs, option, part, OUTPUT_INPUT));
    }
    return ATTNDYN_OK;
}

enum attndyn_status outputs_add_params(struct attndyn_context *ctx, struct outputs *outputs,
                                       const struct params *params) {
    for (const struct param *p = params_experiment(params)->params; p && p->name; p++) {
        if (p->type != PARAM_FILE) continue;
        ATTNDYN_TRY(inputs_are_files(ctx, p->name, param_text(params, p->name)));
        char *option = attndyn_format(ctx, "%s=", p->name);
        if (!option) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(outputs_add(ctx, outputs, option, param_text(params, p->name), OUTPUT_INPUT));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status add_named(struct attndyn_context *ctx, struct outputs *outputs,
                                     const char *folder, const char *name, const char *ending) {
    char *path = attndyn_format(ctx, "%s/%s%s", folder, name, ending);
    return path ? outputs_add(ctx, outputs, "--out's", path, OUTPUT_OF_RUN) : ATTNDYN_NO_MEMORY;
}

enum attndyn_status outputs_add_run(struct attndyn_context *ctx, struct outputs *outputs,
                                    const struct experiment *experiment, const char *folder) {
    static const char *const always[] = {"params.conf", "run.json", "timing.json", RUN_CHECKPOINT};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        ATTNDYN_TRY(add_named(ctx, outputs, folder, always[i], ""));
    for (const struct table *t = experiment->tables; t && t->name; t++)
        ATTNDYN_TRY(add_named(ctx, outputs, folder, t->name, ".csv"));
    for (const struct figure *f = experiment->figures; f && f->name; f++) {
        ATTNDYN_TRY(add_named(ctx, outputs, folder, f->name, ".gp"));
        ATTNDYN_TRY(add_named(ctx, outputs, folder, f->name, ".svg"));
    }
    return ATTNDYN_OK;
}

enum attndyn_status outputs_keep_out(struct attndyn_context *ctx, const struct outputs *outputs,
                                     const char *folder) {
    struct attndyn_target target;
    ATTNDYN_TRY(attndyn_target_find(ctx, folder, &target));
    size_t n = strlen(target.path);
    for (size_t i = 0; i < outputs->count; i++) {
        const struct output *o = &outputs->items[i];
        if (strncmp(o->real, target.path, n) == 0 && o->real[n] == '/')
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s%s%.400s stands in %.400s, the folder of a run: name another",
                                o->option, strchr(o->option, '=') ? "" : " ", o->path, folder);
    }
    return ATTNDYN_OK;
}

/* One file under two names: the same path behind its links, or hard links. */
static bool same_file(const struct output *a, const struct output *b) {
    struct stat x, y;
    if (strcmp(a->real, "/dev/null") == 0) return false;
    if (strcmp(a->real, b->real) == 0) return true;
    return stat(a->path, &x) == 0 && stat(b->path, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

/* Does the file stand in the folder that is read? */
static bool within(const struct output *file, const struct output *folder) {
    struct stat about;
    size_t n = strlen(folder->real);
    return strncmp(file->real, folder->real, n) == 0 && file->real[n] == '/' &&
           !strchr(file->real + n + 1, '/') && stat(file->real, &about) == 0;
}

static enum attndyn_status distinct(struct attndyn_context *ctx, const struct output *a,
                                    const struct output *b) {
    const struct output *written = a->kind == OUTPUT_INPUT ? b : a, *other = written == a ? b : a;
    if (written->kind == OUTPUT_INPUT) return ATTNDYN_OK;
    if (other->kind == OUTPUT_INPUT && within(written, other))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s %.400s is a file of the folder %s%s%.400s: name another %s",
                            written->option, written->path, other->option,
                            strchr(other->option, '=') ? "" : " ", other->path, written->option);
    if (!same_file(a, b)) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s %.400s and %s%s%.400s are the same file: name another %s",
                        written->option, written->path, other->option,
                        strchr(other->option, '=') ? "" : " ", other->path, written->option);
}

/* Standard output may be a file, too. */
static enum attndyn_status not_printed_to(struct attndyn_context *ctx, const struct output *o) {
    struct stat file, stream;
    struct attndyn_target target;
    ATTNDYN_TRY(attndyn_target_find(ctx, o->path, &target));
    if (target.kind != ATTNDYN_TARGET_FILE || stat(o->path, &file) != 0) return ATTNDYN_OK;
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (fstat(fd, &stream) == 0 && file.st_dev == stream.st_dev && file.st_ino == stream.st_ino)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s %.400s is where the %s goes: name another file, or /dev/std%s",
                                o->option, o->path,
                                fd == STDOUT_FILENO ? "standard output" : "standard error",
                                fd == STDOUT_FILENO ? "out" : "err");
    return ATTNDYN_OK;
}

/* --- kinds of files --------------------------------------------------------------------------- */

enum content {
    CONTENT_NONE,
    CONTENT_TEXT,
    CONTENT_CSV,
    CONTENT_JSON,
    CONTENT_XML,
    CONTENT_MARKDOWN,
    CONTENT_STORE,
    CONTENT_CONF,
    CONTENT_BINARY
};

static const char *content_name(enum content content) {
    static const char *const names[] = {"empty",
                                        "a text",
                                        "CSV",
                                        "JSON",
                                        "XML",
                                        "Markdown",
                                        "an SQLite file, as a sweep's store is",
                                        "a script or conf file",
                                        "no text"};
    return names[content];
}

static bool named(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

/* What a file begins with. */
static enum content look_at(const char *path) {
    char head[512];
    FILE *from = fopen(path, "rb");
    if (!from) return CONTENT_NONE;
    size_t n = fread(head, 1, sizeof head - 1, from);
    fclose(from);
    head[n] = '\0';
    if (n >= 15 && memcmp(head, "SQLite format 3", 15) == 0) return CONTENT_STORE;
    if (memchr(head, '\0', n)) return CONTENT_BINARY;
    const char *at = head + (strncmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0);
    while (isspace((unsigned char)*at)) at++;
    if (*at == '\0') return CONTENT_NONE;
    if (*at == '{' || *at == '[') return CONTENT_JSON;
    if (*at == '<') return CONTENT_XML;
    if (*at == '#') return at[1] == ' ' && named(path, ".md") ? CONTENT_MARKDOWN : CONTENT_CONF;
    size_t line = strcspn(at, "\r\n"), comma = strcspn(at, ",;\t");
    return comma < line ? CONTENT_CSV : CONTENT_TEXT;
}

/* Any kind of output may replace an empty file. Text of unknown kind may be replaced only by the
 * kind that its name suggests. */
static enum attndyn_status same_kind(struct attndyn_context *ctx, const struct output *o) {
    static const struct {
        enum content content;
        const char *name, *ending;
    } kinds[] = {[OUTPUT_CSV] = {CONTENT_CSV, "CSV", ".csv"},
                 [OUTPUT_JSON] = {CONTENT_JSON, "JSON", ".json"},
                 [OUTPUT_XML] = {CONTENT_XML, "XML", ".xml"},
                 [OUTPUT_MARKDOWN] = {CONTENT_MARKDOWN, "Markdown", ".md"}};
    if (o->kind == OUTPUT_STORE) return ATTNDYN_OK;
    enum content content = look_at(o->path);
    if (content == CONTENT_NONE || content == kinds[o->kind].content ||
        (content == CONTENT_TEXT && named(o->path, kinds[o->kind].ending)))
        return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s %.400s: what stands there is %s, which %s would replace: name another "
                        "file, or remove that one",
                        o->option, o->path, content_name(content), kinds[o->kind].name);
}

static enum attndyn_status writable(struct attndyn_context *ctx, const struct output *o) {
    struct attndyn_target target;
    ATTNDYN_TRY(attndyn_target_find(ctx, o->path, &target));
    /* Refused now, as the rename at the end would fail. */
    if (target.kind == ATTNDYN_TARGET_FOLDER)
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write %.1000s: it is a folder; name a file",
                            o->path);
    if (target.kind == ATTNDYN_TARGET_STREAM && o->kind == OUTPUT_STORE)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s %.400s is a pipe or a device: a store is a file, name one",
                            o->option, o->path);
    if (target.kind == ATTNDYN_TARGET_STREAM) {
        /* Do not open a pipe here: closing it again would end the input of its reader. */
        if (access(o->path, W_OK) == 0) return ATTNDYN_OK;
        return attndyn_fail(ctx, ATTNDYN_IO, "cannot write %.1000s: %s", o->path, strerror(errno));
    }
    if (target.kind == ATTNDYN_TARGET_FILE) ATTNDYN_TRY(same_kind(ctx, o));
    if (o->kind == OUTPUT_STORE) return ATTNDYN_OK;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, o->path));
    attndyn_file_abandon(&file);
    return ATTNDYN_OK;
}

enum attndyn_status outputs_check(struct attndyn_context *ctx, const struct outputs *outputs) {
    for (size_t i = 0; i < outputs->count; i++)
        for (size_t j = 0; j < i; j++)
            ATTNDYN_TRY(distinct(ctx, &outputs->items[j], &outputs->items[i]));
    for (size_t i = 0; i < outputs->count; i++) {
        if (outputs->items[i].kind == OUTPUT_INPUT) continue;
        ATTNDYN_TRY(not_printed_to(ctx, &outputs->items[i]));
        if (outputs->items[i].kind != OUTPUT_OF_RUN) ATTNDYN_TRY(writable(ctx, &outputs->items[i]));
    }
    return ATTNDYN_OK;
}
