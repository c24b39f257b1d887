#include "identity.h"

#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/num/versions.h"
#include "version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct source {
    const char *path, *hash;
} sources[] = {
#define SOURCE(path, hash) {path, hash},
#define USES(folder, used)
#include "sources.def"
#undef SOURCE
#undef USES
    {NULL, NULL}};

static const struct edge {
    const char *folder, *used;
} edges[] = {
#define SOURCE(path, hash)
#define USES(folder, used) {folder, used},
#include "sources.def"
#undef SOURCE
#undef USES
    {NULL, NULL}};

/* Is the source that file, or in that folder? */
static bool within(const char *path, const char *folder) {
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static void part(FILE *to, const char *folder) {
    uint64_t hash = attndyn_hash_start;
    bool any = false;
    for (const struct source *s = sources; s->path; s++) {
        if (!within(s->path, folder)) continue;
        hash = attndyn_hash_bytes(hash, s->path, strlen(s->path));
        hash = attndyn_hash_bytes(hash, s->hash, strlen(s->hash));
        any = true;
    }
    if (any) fprintf(to, "%s %016" PRIx64 "\n", folder, hash);
}

/* sim/num, theory/joma, ...: each folder below sim/ and theory/, in the order of its sources. */
static void library(FILE *to) {
    char folder[200], before[200] = "";
    for (const struct source *s = sources; s->path; s++) {
        if (!within(s->path, "sim") && !within(s->path, "theory")) continue;
        size_t n = strcspn(s->path, "/") + 1;
        n += strcspn(s->path + n, "/");
        if (n >= sizeof folder) continue;
        snprintf(folder, sizeof folder, "%.*s", (int)n, s->path);
        if (strcmp(folder, before) != 0) part(to, folder);
        memcpy(before, folder, sizeof before);
    }
}

enum { MOST_FOLDERS = 32 };

static void add(const char **folders, size_t *count, const char *folder) {
    for (size_t i = 0; i < *count; i++)
        if (strcmp(folders[i], folder) == 0) return;
    if (*count < MOST_FOLDERS) folders[(*count)++] = folder;
}

/* The experiment's folder or file, and what it includes, and what that includes. */
static enum attndyn_status own(struct attndyn_context *ctx, const struct experiment *experiment,
                               FILE *to) {
    const char *folders[MOST_FOLDERS];
    size_t count = 0;
    char *folder = attndyn_format(ctx, "experiments/%s", experiment ? experiment->id : "shared");
    if (!folder) return ATTNDYN_NO_MEMORY;
    for (char *c = folder; *c; c++)
        if (*c == '-') *c = '_';
    char *file = attndyn_format(ctx, "%s.c", folder);
    if (!file) return ATTNDYN_NO_MEMORY;
    for (const struct source *s = sources; s->path && count == 0; s++)
        if (strcmp(s->path, file) == 0) add(folders, &count, file);
    if (count == 0) add(folders, &count, folder);
    for (size_t i = 0; i < count; i++) {
        part(to, folders[i]);
        for (const struct edge *e = edges; e->folder; e++)
            if (strcmp(e->folder, folders[i]) == 0) add(folders, &count, e->used);
    }
    return ATTNDYN_OK;
}

static void surroundings(FILE *to) {
    struct attndyn_versions v;
    attndyn_versions_read(&v);
    fprintf(
        to,
        "compiler %s\nflags %s\nsundials %s\ngsl %s\nopenblas %s\nkernels %s\nlibc %s\nutf8proc "
        "%s\n",
        ATTNDYN_COMPILER, ATTNDYN_FLAGS, v.sundials, v.gsl, v.blas, v.core, v.libc, v.utf8proc);
}

enum attndyn_status identity_text(struct attndyn_context *ctx, const struct experiment *experiment,
                                  char **text) {
    struct attndyn_text to;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    library(to.stream);
    enum attndyn_status status = own(ctx, experiment, to.stream);
    surroundings(to.stream);
    enum attndyn_status ended = attndyn_text_end(&to, text);
    return status ? status : ended;
}

enum attndyn_status identity_whole(struct attndyn_context *ctx, char **hash) {
    struct attndyn_text to;
    char *text;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    library(to.stream);
    part(to.stream, "experiments");
    surroundings(to.stream);
    ATTNDYN_TRY(attndyn_text_end(&to, &text));
    *hash = identity_hash(ctx, text);
    return *hash ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

char *identity_hash(struct attndyn_context *ctx, const char *text) {
    return attndyn_format(ctx, "%016" PRIx64,
                          attndyn_hash_bytes(attndyn_hash_start, text, strlen(text)));
}

/* The value of a line "name value" in the text, and its length; NULL: there is none. */
static const char *value_of(const char *text, const char *name, size_t name_length,
                            size_t *length) {
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        if (n > name_length && strncmp(line, name, name_length) == 0 && line[name_length] == ' ') {
            *length = n - name_length - 1;
            return line + name_length + 1;
        }
        line += n + (line[n] == '\n');
    }
    return NULL;
}

/* The parts of `a` that are missing from b; with `both`, also those that differ. */
static void compare(FILE *to, const char *a, const char *b, bool both, bool *any) {
    for (const char *line = a; *line;) {
        size_t n = strcspn(line, "\n"), name = strcspn(line, " "), other = 0;
        const char *there = value_of(b, line, name < n ? name : n, &other);
        const char *value = line + name + 1;
        size_t length = n > name ? n - name - 1 : 0;
        bool same = there && other == length && strncmp(there, value, length) == 0;
        if (!same && (both || !there)) {
            fprintf(to, "%s%.*s", *any ? ", " : "", (int)name, line);
            /* For a folder only its name is shown, not its hash. */
            if (there && !memchr(line, '/', name))
                fprintf(to, " '%.*s' (here '%.*s')", (int)length, value, (int)other, there);
            *any = true;
        }
        line += n + (line[n] == '\n');
    }
}

enum attndyn_status identity_difference(struct attndyn_context *ctx, const char *held,
                                        const char *mine, char **words) {
    struct attndyn_text to;
    bool any = false;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    compare(to.stream, held, mine, true, &any);
    compare(to.stream, mine, held, false, &any);
    return attndyn_text_end(&to, words);
}
