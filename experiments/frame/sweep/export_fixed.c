#include "export_fixed.h"

#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/csv.h"

#include <string.h>

static enum attndyn_status add(struct attndyn_context *ctx, struct sql_names *names,
                               const char *text) {
    char *copy = attndyn_strdup(ctx, text);
    return copy ? sql_names_add(ctx, names, copy) : ATTNDYN_NO_MEMORY;
}

/* One line "key = value" of the design's text. */
static enum attndyn_status take(struct attndyn_context *ctx, const char *line, size_t length,
                                const struct params *defaults, const struct sql_names *axes,
                                const struct sql_names *taken, struct export_fixed *fixed) {
    const char *equals = memchr(line, '=', length);
    if (!equals || equals - line < 2 || equals[-1] != ' ') return ATTNDYN_OK;
    char *key = attndyn_format(ctx, "%.*s", (int)(equals - line - 1), line);
    const size_t after = (size_t)(equals - line) + 1;
    char *written = attndyn_format(ctx, "%.*s", (int)(length - after), line + after);
    if (!key || !written) return ATTNDYN_NO_MEMORY;
    char *value = written + (*written == ' ');
    if (sql_names_position(axes, key) < axes->count) return ATTNDYN_OK;
    if (defaults && param_declared(defaults, key) &&
        strcmp(param_value_text(defaults, key), value) == 0)
        return ATTNDYN_OK;
    const bool there = sql_names_position(taken, key) < taken->count;
    char *name = attndyn_format(ctx, "%s%s", there ? "parameter_" : "", key);
    if (!name) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(add(ctx, &fixed->keys, name));
    return add(ctx, &fixed->values, value);
}

enum attndyn_status export_fixed_read(struct attndyn_context *ctx, const struct sql *sql,
                                      const struct sql_names *axes, const struct sql_names *taken,
                                      struct export_fixed *fixed) {
    struct sql_names id = {0}, design = {0};
    struct params *defaults = NULL;
    *fixed = (struct export_fixed){0};
    ATTNDYN_TRY(sql_names_read(ctx, sql, "SELECT value FROM meta WHERE key = 'experiment'", &id));
    ATTNDYN_TRY(sql_names_read(ctx, sql, "SELECT value FROM meta WHERE key = 'design'", &design));
    for (size_t e = 0; id.count && e < registry_count(); e++)
        if (strcmp(registry_at(e)->id, id.at[0]) == 0)
            ATTNDYN_TRY(params_create(ctx, registry_at(e), NULL, &defaults));
    for (const char *line = design.count ? design.at[0] : ""; *line;) {
        const size_t length = strcspn(line, "\n");
        if (*line != '#') ATTNDYN_TRY(take(ctx, line, length, defaults, axes, taken, fixed));
        line += length + (line[length] == '\n');
    }
    return ATTNDYN_OK;
}

void export_fixed_head(const struct export_fixed *fixed, FILE *to) {
    for (size_t i = 0; i < fixed->keys.count; i++) fprintf(to, ",%s", fixed->keys.at[i]);
}

void export_fixed_cells(const struct export_fixed *fixed, FILE *to) {
    for (size_t i = 0; i < fixed->values.count; i++) {
        fputc(',', to);
        csv_text(to, fixed->values.at[i]);
    }
}
