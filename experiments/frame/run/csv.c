#include "csv.h"

#include "experiments/frame/contract/printable.h"
#include "sim/base/file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void csv_quoted(FILE *stream, const char *text) {
    fputc('"', stream);
    for (size_t n; *text; text += n ? n : 1) {
        n = printable_character(text);
        if (*text == '"') fputc('"', stream);
        if (n)
            fwrite(text, 1, n, stream);
        else
            printable_byte(stream, *text);
    }
    fputc('"', stream);
}

void csv_text(FILE *stream, const char *text) {
    if (strpbrk(text, ",\"\n\r"))
        csv_quoted(stream, text);
    else
        printable_put(stream, text);
}

enum attndyn_status csv_write(struct attndyn_context *ctx, const struct result_table *table,
                              const char *folder) {
    struct attndyn_file file;
    char *path = attndyn_format(ctx, "%s/%s.csv", folder, table->about->name);
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    for (size_t c = 0; c < table->columns; c++) {
        if (c) fputc(',', file.stream);
        csv_text(file.stream, table->about->columns[c].name);
    }
    fputc('\n', file.stream);
    for (size_t r = 0; r < table->rows; r++) {
        const union stored *row = &table->cells[r * table->columns];
        for (size_t c = 0; c < table->columns; c++) {
            if (c) fputc(',', file.stream);
            enum column_type type = table->about->columns[c].type;
            if (type == COLUMN_TEXT)
                csv_text(file.stream, row[c].text);
            else if (type == COLUMN_INT)
                fprintf(file.stream, "%ld", row[c].integer);
            else if (!isnan(row[c].real))
                fprintf(file.stream, "%.17g", row[c].real);
        }
        fputc('\n', file.stream);
    }
    ATTNDYN_TRY(attndyn_file_commit(ctx, &file));
    attndyn_free(ctx, path);
    return ATTNDYN_OK;
}

/* Takes one cell off the text, unquoted in place; *last: it ended its line. False: no such cell. */
static bool take_cell(char **text, char **cell, bool *last) {
    char *from = *text, *to;
    *cell = to = from;
    if (*from == '"') {
        for (from++;; *to++ = *from++) {
            if (*from == '"' && *++from != '"') break;
            if (*from == '\0') return false;
        }
    } else {
        to = from += strcspn(from, ",\"\n");
    }
    *last = *from == '\n';
    if (*from != ',' && !*last) return false;
    *to = '\0';
    *text = from + 1;
    return true;
}

static bool parse_cell(const struct column *column, char *text, struct cell *cell) {
    char *end = text;
    errno = 0;
    switch (column->type) {
    case COLUMN_TEXT:
        *cell = S(text);
        return true;
    case COLUMN_INT:
        *cell = I(strtol(text, &end, 10));
        return end != text && *end == '\0' && errno == 0;
    case COLUMN_REAL:
        if (*text == '\0') {
            *cell = R(NAN);
            return column->optional;
        }
        *cell = R(strtod(text, &end));
        return end != text && *end == '\0' && isfinite(cell->real);
    }
    return false;
}

static enum attndyn_status read_rows(struct attndyn_context *ctx, struct results *results,
                                     const struct result_table *table, char *text, const char *path,
                                     size_t rows) {
    const struct column *columns = table->about->columns;
    struct cell *cells;
    ATTNDYN_ALLOC(ctx, cells, table->columns);
    for (size_t r = 0; r <= rows; r++) {
        for (size_t c = 0; c < table->columns; c++) {
            char *cell;
            bool last, good = take_cell(&text, &cell, &last) && last == (c + 1 == table->columns);
            if (good && r == 0) good = strcmp(cell, columns[c].name) == 0;
            if (good && r > 0) good = parse_cell(&columns[c], cell, &cells[c]);
            if (!good)
                return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                                    "%s, row %zu, column %s: not as the run wrote it (%zu rows "
                                    "expected); start anew without --resume",
                                    path, r, columns[c].name, rows);
        }
        if (r > 0)
            ATTNDYN_TRY(results_emit(ctx, results, table->about->name, cells, table->columns));
    }
    attndyn_free(ctx, cells);
    return ATTNDYN_OK;
}

enum attndyn_status csv_read(struct attndyn_context *ctx, struct results *results,
                             const struct result_table *table, const char *folder, size_t rows) {
    char *text, *path = attndyn_format(ctx, "%s/%s.csv", folder, table->about->name);
    size_t length;
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(attndyn_file_read(ctx, path, &text, &length));
    ATTNDYN_TRY(read_rows(ctx, results, table, text, path, rows));
    attndyn_free(ctx, text);
    attndyn_free(ctx, path);
    return ATTNDYN_OK;
}
