#include "file.h"

#include "design.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/plots.h"
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
    if (!word) return ATTNDYN_NO_MEMORY;
    ATTNDYN_RESIZE(ctx, *list, *count, *count + 1);
    (*list)[(*count)++] = word;
    return ATTNDYN_OK;
}

static enum attndyn_status take(struct attndyn_context *ctx, struct sweep_file *file, char *key,
                                char *value, const char *origin, long line) {
    const struct {
        const char *key;
        char **to;
    } texts[] = {
        {"experiment", &file->experiment}, {"preset", &file->preset},   {"over", &file->over},
        {"title", &file->title},           {"heatmap", &file->heatmap}, {"scalar", &file->scalar},
        {"contours", &file->contours}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(key, texts[i].key) != 0) continue;
        *texts[i].to = value;
        return ATTNDYN_OK;
    }
    if (strcmp(key, "zip") == 0) return append(ctx, &file->zips, &file->n_zips, value);
    if (strcmp(key, "doc") == 0) {
        file->doc = file->doc ? attndyn_format(ctx, "%s %s", file->doc, value) : value;
        return file->doc ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
    }
    if (strncmp(key, "quick ", 6) == 0)
        return append(ctx, &file->quick, &file->n_quick,
                      attndyn_format(ctx, "%s=%s", trim(key + 6), value));
    if (strcmp(key, "sample") != 0)
        return append(ctx, &file->words, &file->n_words, attndyn_format(ctx, "%s=%s", key, value));
    char *end;
    file->sample = strtol(value, &end, 10);
    if (*end || file->sample < 1 || file->sample > SWEEP_RUNS_MAX)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s:%ld: sample = %.40s: expected an integer in [1, %d]", origin, line,
                            value, SWEEP_RUNS_MAX);
    return ATTNDYN_OK;
}

enum attndyn_status sweep_file_parse(struct attndyn_context *ctx, char *text, const char *origin,
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
    ATTNDYN_TRY(attndyn_file_read_text(ctx, path, &text, &length));
    return sweep_file_parse(ctx, text, path, file);
}

enum attndyn_status sweep_file_at(struct attndyn_context *ctx, size_t index, char **name,
                                  struct sweep_file *file) {
    *name = NULL;
    for (const struct embedded_plot *p = embedded_plots; p->name; p++) {
        size_t n = strlen(p->name);
        if (n < 6 || strcmp(p->name + n - 6, ".sweep") != 0 || index-- > 0) continue;
        const char *slash = strrchr(p->name, '/');
        *name = attndyn_format(ctx, "%.*s", (int)(p->name + n - 6 - slash - 1), slash + 1);
        char *text = attndyn_strdup(ctx, p->text);
        return *name && text ? sweep_file_parse(ctx, text, *name, file) : ATTNDYN_NO_MEMORY;
    }
    return ATTNDYN_OK;
}

enum attndyn_status sweep_file_named(struct attndyn_context *ctx, const char *wanted,
                                     struct sweep_file *file) {
    char *known = attndyn_strdup(ctx, "");
    for (size_t i = 0; known; i++) {
        char *name;
        ATTNDYN_TRY(sweep_file_at(ctx, i, &name, file));
        if (!name)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "there is no sweep named '%.60s'; there are: %s", wanted,
                                known[0] ? known : "none");
        if (strcmp(name, wanted) == 0) return ATTNDYN_OK;
        known = attndyn_format(ctx, "%s%s%s", known, known[0] ? ", " : "", name);
    }
    return ATTNDYN_NO_MEMORY;
}

enum attndyn_status sweep_file_quick(struct attndyn_context *ctx, struct sweep_file *file) {
    for (size_t q = 0; q < file->n_quick; q++) {
        size_t key = strcspn(file->quick[q], "=") + 1, w = 0;
        while (w < file->n_words && strncmp(file->words[w], file->quick[q], key) != 0) w++;
        if (w < file->n_words)
            file->words[w] = file->quick[q];
        else
            ATTNDYN_TRY(append(ctx, &file->words, &file->n_words, file->quick[q]));
    }
    return ATTNDYN_OK;
}

enum attndyn_status sweep_file_design(struct attndyn_context *ctx, const struct sweep_file *file,
                                      struct design **design) {
    struct design_request request = {.preset = file->preset,
                                     .words = file->words,
                                     .n_words = file->n_words,
                                     .zips = file->zips,
                                     .n_zips = file->n_zips,
                                     .sampler = file->sample ? SAMPLER_SOBOL : SAMPLER_NONE,
                                     .samples = file->sample};
    ATTNDYN_TRY(registry_find(ctx, file->experiment, &request.experiment));
    return design_create(ctx, &request, design);
}
