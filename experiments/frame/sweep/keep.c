#include "keep.h"

#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/results_private.h"
#include "sim/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum attndyn_status keep_create(struct attndyn_context *ctx, const struct experiment *experiment,
                                struct keep *keep) {
    *keep = (struct keep){0};
    keep->n_tables = tables_of(experiment);
    ATTNDYN_ALLOC(ctx, keep->tables, keep->n_tables);
    for (size_t t = 0; t < keep->n_tables; t++) {
        struct keep_table *table = &keep->tables[t];
        table->about = &experiment->tables[t];
        table->columns = columns_of(table->about);
        ATTNDYN_ALLOC(ctx, table->wanted, table->columns);
    }
    return ATTNDYN_OK;
}

static void want(struct keep *keep, struct keep_table *table, size_t column) {
    if (table->wanted[column]) return;
    table->wanted[column] = true;
    keep->count += table->count++ == 0;
}

static enum attndyn_status no_table(struct attndyn_context *ctx,
                                    const struct experiment *experiment, const struct keep *keep,
                                    const char *name) {
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (size_t t = 0; t < keep->n_tables; t++)
        names_nearer(name, keep->tables[t].about->name, &best, &distance);
    return attndyn_fail(
        ctx, ATTNDYN_USAGE, "--keep: %s emits no table '%.60s'%s (attndyn describe %s lists them)",
        experiment->id, name, names_hint(&(struct hint){0}, name, best, distance), experiment->id);
}

static enum attndyn_status add_columns(struct attndyn_context *ctx, struct keep *keep,
                                       struct keep_table *table, const char *columns) {
    char name[100];
    for (const char *at = columns; names_next(&at, name, sizeof name);) {
        const char *best = NULL;
        size_t distance = SIZE_MAX, c = 0;
        for (; c < table->columns && strcmp(table->about->columns[c].name, name) != 0; c++)
            names_nearer(name, table->about->columns[c].name, &best, &distance);
        if (c == table->columns)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "--keep: table %s has no column '%.60s'%s",
                                table->about->name, name,
                                names_hint(&(struct hint){0}, name, best, distance));
        want(keep, table, c);
    }
    return ATTNDYN_OK;
}

enum attndyn_status keep_add(struct attndyn_context *ctx, const struct experiment *experiment,
                             const char *text, struct keep *keep) {
    for (;;) {
        const size_t whole = strcspn(text, ";"), length = strcspn(text, ":;");
        char *name = attndyn_format(ctx, "%.*s", (int)length, text);
        char *columns = length < whole ? attndyn_format(ctx, "%.*s", (int)(whole - length - 1),
                                                        text + length + 1)
                                       : NULL;
        if (!name || (length < whole && !columns)) return ATTNDYN_NO_MEMORY;
        size_t t = 0;
        while (t < keep->n_tables && strcmp(keep->tables[t].about->name, name) != 0) t++;
        if (t == keep->n_tables) return no_table(ctx, experiment, keep, name);
        struct keep_table *table = &keep->tables[t];
        if (columns && !*columns)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "--keep=%.60s: no column behind the colon (leave it out for all)",
                                text);
        if (columns) ATTNDYN_TRY(add_columns(ctx, keep, table, columns));
        for (size_t c = 0; c < table->columns && !columns; c++) want(keep, table, c);
        text += whole;
        if (*text++ == '\0') return ATTNDYN_OK;
    }
}

static void put_columns(FILE *to, const struct keep_table *table) {
    bool any = false;
    for (size_t c = 0; c < table->columns; c++) {
        if (!table->wanted[c]) continue;
        fprintf(to, "%s%s", any ? "," : "", table->about->columns[c].name);
        any = true;
    }
}

char *keep_columns(struct attndyn_context *ctx, const struct keep_table *table) {
    struct attndyn_text text;
    char *columns;
    if (attndyn_text_begin(ctx, &text)) return NULL;
    put_columns(text.stream, table);
    return attndyn_text_end(&text, &columns) ? NULL : columns;
}

enum attndyn_status keep_text(struct attndyn_context *ctx, const struct keep *keep, char **out) {
    struct attndyn_text text;
    bool any = false;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
    for (size_t t = 0; t < keep->n_tables; t++) {
        if (keep->tables[t].count == 0) continue;
        fprintf(text.stream, "%s%s:", any ? ";" : "", keep->tables[t].about->name);
        put_columns(text.stream, &keep->tables[t]);
        any = true;
    }
    return attndyn_text_end(&text, out);
}

/* Counts where `to` is NULL. */
static char *put_bytes(char *to, size_t *size, const void *bytes, size_t n) {
    if (to && n) memcpy(to, bytes, n);
    *size += n;
    return to ? to + n : NULL;
}

static size_t pack_table(const struct keep_table *keep, const struct result_table *table,
                         char *to) {
    size_t size = 0;
    const uint64_t rows = table->rows;
    to = put_bytes(to, &size, &rows, sizeof rows);
    for (size_t r = 0; r < table->rows; r++)
        for (size_t c = 0; c < keep->columns; c++) {
            const union stored *cell = &table->cells[r * table->columns + c];
            if (!keep->wanted[c]) continue;
            switch (keep->about->columns[c].type) {
            case COLUMN_REAL:
                to = put_bytes(to, &size, &cell->real, sizeof cell->real);
                break;
            case COLUMN_INT:
                to = put_bytes(to, &size, &cell->integer, sizeof cell->integer);
                break;
            case COLUMN_TEXT: {
                const uint64_t length = strlen(cell->text);
                to = put_bytes(to, &size, &length, sizeof length);
                to = put_bytes(to, &size, cell->text, length);
                break;
            }
            }
        }
    return size;
}

enum attndyn_status keep_pack(struct attndyn_context *ctx, const struct keep *keep,
                              const struct results *results, char **bytes, size_t *size) {
    *size = 0;
    for (size_t t = 0; t < keep->n_tables; t++)
        if (keep->tables[t].count) *size += pack_table(&keep->tables[t], &results->tables[t], NULL);
    char *to = *bytes = malloc(*size ? *size : 1);
    if (!to) return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory for the tables to keep");
    for (size_t t = 0; t < keep->n_tables; t++)
        if (keep->tables[t].count) to += pack_table(&keep->tables[t], &results->tables[t], to);
    return ATTNDYN_OK;
}

static void take_bytes(struct keep_reader *reader, void *to, size_t n) {
    memcpy(to, reader->at, n);
    reader->at += n;
}

size_t keep_rows(struct keep_reader *reader) {
    uint64_t rows;
    take_bytes(reader, &rows, sizeof rows);
    return rows;
}

struct cell keep_cell(struct keep_reader *reader, enum column_type type) {
    struct cell cell = {.type = type};
    uint64_t length;
    switch (type) {
    case COLUMN_REAL:
        take_bytes(reader, &cell.real, sizeof cell.real);
        break;
    case COLUMN_INT:
        take_bytes(reader, &cell.integer, sizeof cell.integer);
        break;
    case COLUMN_TEXT:
        take_bytes(reader, &length, sizeof length);
        cell.text = reader->at;
        cell.integer = (long)length;
        reader->at += length;
        break;
    }
    return cell;
}
