#include "file.h"

#include "../plots.h"
#include "sim/base/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *trim(char *text) {
    while (isspace((unsigned char)*text)) text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) *--end = '\0';
    return text;
}

static enum attndyn_status append(struct attndyn_context *ctx, char ***list, size_t *count,
                                  char *word) {
    char **longer = attndyn_resize(ctx, *list, *count, *count + 1, sizeof *longer);
    if (!longer || !word) return ATTNDYN_NO_MEMORY;
    *list = longer;
    longer[(*count)++] = word;
    return ATTNDYN_OK;
}

static enum attndyn_status take(struct attndyn_context *ctx, struct sweep_file *file, char *key,
                                char *value, const char *origin, long line) {
    if (strcmp(key, "experiment") == 0)
        file->experiment = value;
    else if (strcmp(key, "preset") == 0)
        file->preset = value;
    else if (strcmp(key, "over") == 0)
        file->over = value;
    else if (strcmp(key, "zip") == 0)
        return append(ctx, &file->zips, &file->n_zips, value);
    else if (strcmp(key, "sample") == 0) {
        char *end;
        file->sample = strtol(value, &end, 10);
        if (*end || file->sample < 1)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s:%ld: sample = %.40s: expected an integer "
                                ">= 1",
                                origin, line, value);
    } else
        return append(ctx, &file->words, &file->n_words, attndyn_format(ctx, "%s=%s", key, value));
    return ATTNDYN_OK;
}

/* `text` is cut up in place. */
static enum attndyn_status parse(struct attndyn_context *ctx, char *text, const char *origin,
                                 struct sweep_file *file) {
    memset(file, 0, sizeof *file);
    long line = 0;
    for (char *from = text, *rest; from && *from; from = rest) {
        line++;
        char *newline = strchr(from, '\n');
        rest = newline ? newline + 1 : NULL;
        if (newline) *newline = '\0';
        char *content = trim(from);
        if (content[0] == '\0' || content[0] == '#') continue;
        char *equals = strchr(content, '=');
        if (!equals)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "%s:%ld: '%.60s' is no `key = values`", origin,
                                line, content);
        *equals = '\0';
        ATTNDYN_TRY(take(ctx, file, trim(content), trim(equals + 1), origin, line));
    }
    if (!file->experiment)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: no line `experiment = ID`", origin);
    return ATTNDYN_OK;
}

enum attndyn_status sweep_file_read(struct attndyn_context *ctx, const char *path,
                                    struct sweep_file *file) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    return parse(ctx, text, path, file);
}

enum attndyn_status sweep_file_named(struct attndyn_context *ctx, const char *name,
                                     struct sweep_file *file) {
    char *wanted = attndyn_format(ctx, "/%s.sweep", name), *known = attndyn_strdup(ctx, "");
    if (!wanted || !known) return ATTNDYN_NO_MEMORY;
    for (const struct embedded_plot *p = embedded_plots; p->name; p++) {
        const char *slash = strrchr(p->name, '/');
        size_t n = strlen(p->name);
        if (!slash || n < 6 || strcmp(p->name + n - 6, ".sweep") != 0) continue;
        if (strcmp(slash, wanted) == 0) {
            char *text = attndyn_strdup(ctx, p->text);
            return text ? parse(ctx, text, name, file) : ATTNDYN_NO_MEMORY;
        }
        known = attndyn_format(ctx, "%s%s%.*s", known, known[0] ? ", " : "",
                               (int)strcspn(slash + 1, "."), slash + 1);
        if (!known) return ATTNDYN_NO_MEMORY;
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE, "there is no sweep named '%.60s'; there are: %s", name,
                        known);
}
