/* The rows of a table that a store keeps. */
#include "axis.h"
#include "experiments/frame/run/csv.h"
#include "export_private.h"

#include <stdio.h>
#include <string.h>

static enum attndyn_status add_name(struct attndyn_context *ctx, struct sql_names *names,
                                    const char *text, size_t length) {
    char *copy = attndyn_format(ctx, "%.*s", (int)length, text);
    return copy ? sql_names_add(ctx, names, copy) : ATTNDYN_NO_MEMORY;
}

enum attndyn_status export_table_columns(struct attndyn_context *ctx, const struct sql *sql,
                                         const char *table, struct sql_names *columns) {
    char *keep, *there = attndyn_strdup(ctx, "");
    const size_t n = strlen(table);
    ATTNDYN_TRY(sql_one_text(ctx, sql, "SELECT value FROM meta WHERE key = 'keep'", NULL, &keep));
    for (const char *at = keep ? keep : ""; *at && there;) { /* TABLE:COLUMN,COLUMN;TABLE:... */
        const size_t whole = strcspn(at, ";"), name = strcspn(at, ":;");
        there = attndyn_format(ctx, "%s%s%.*s", there, *there ? ", " : "", (int)name, at);
        if (name == n && strncmp(at, table, n) == 0) {
            for (const char *column = at + name + 1; column < at + whole;) {
                const size_t length = strcspn(column, ",;");
                ATTNDYN_TRY(add_name(ctx, columns, column, length));
                column += length + 1;
            }
            return ATTNDYN_OK;
        }
        at += whole + (at[whole] == ';');
    }
    if (!there) return ATTNDYN_NO_MEMORY;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "--table: %s keeps no table '%.60s': it keeps %s (sweep --keep TABLE)",
                        sql->path, table, *there ? there : "none");
}

enum attndyn_status export_table_cell(struct attndyn_context *ctx, const struct export_sheet *s,
                                      sqlite3_stmt *statement, int column, char number[40],
                                      const char **text) {
    *text = number;
    number[0] = '\0';
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_FLOAT:
        snprintf(number, 40, "%.17g", sqlite3_column_double(statement, column));
        return ATTNDYN_OK;
    case SQLITE_INTEGER:
        snprintf(number, 40, "%lld", (long long)sqlite3_column_int64(statement, column));
        return ATTNDYN_OK;
    case SQLITE_TEXT:
        return sql_text(ctx, &s->sql, statement, column, text);
    default:
        return ATTNDYN_OK;
    }
}

/* Does --where select the row? */
static enum attndyn_status row_is_wanted(struct attndyn_context *ctx, const struct export_sheet *s,
                                         const struct export_request *r, sqlite3_stmt *statement,
                                         bool *wanted) {
    char number[40];
    const char *text;
    *wanted = true;
    for (size_t w = 0; w < r->n_where && *wanted; w++) {
        const size_t length = strcspn(r->where[w], "=");
        for (size_t c = 0; c < s->columns.count && *wanted; c++) {
            const char *name = s->columns.at[c];
            if (strncmp(r->where[w], name, length) != 0 || name[length]) continue;
            if (sql_names_position(&s->axes, name) < s->axes.count)
                continue; /* an axis: choose() */
            ATTNDYN_TRY(export_table_cell(ctx, s, statement, (int)c + 1, number, &text));
            *wanted = axis_same_value(text, r->where[w] + length + 1);
        }
    }
    return ATTNDYN_OK;
}

enum attndyn_status export_table_row(struct attndyn_context *ctx, const struct export_sheet *s,
                                     const struct export_request *r, sqlite3_stmt *statement,
                                     const struct export_row **run, bool *wanted) {
    const uint64_t mark = attndyn_memory_mark(ctx);
    *run = export_row_of(s, (long)sqlite3_column_int64(statement, 0));
    *wanted = *run && (*run)->wanted && strcmp((*run)->status, "done") == 0;
    if (*wanted) ATTNDYN_TRY(row_is_wanted(ctx, s, r, statement, wanted));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

void export_table_name(const struct export_sheet *s, const char *table, const char *column,
                       FILE *to) {
    const bool taken =
        strcmp(column, "run") == 0 || sql_names_position(&s->axes, column) < s->axes.count;
    fprintf(to, "%s%s%s", taken ? table : "", taken ? "." : "", column);
}

enum attndyn_status export_table_select(struct attndyn_context *ctx, const struct export_sheet *s,
                                        const char *table, sqlite3_stmt **statement) {
    char *query = attndyn_strdup(ctx, "SELECT idx");
    for (size_t c = 0; c < s->columns.count && query; c++)
        query = attndyn_format(ctx, "%s, \"%s\"", query, s->columns.at[c]);
    if (query) query = attndyn_format(ctx, "%s FROM \"kept_%s\" ORDER BY idx, row", query, table);
    return query ? sql_prepare(ctx, &s->sql, query, statement) : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status write_rows(struct attndyn_context *ctx, const struct export_sheet *s,
                                      const struct export_request *r, sqlite3_stmt *statement,
                                      FILE *to) {
    enum attndyn_status status;
    bool more, wanted;
    const struct export_row *run;
    while (!(status = sql_row(ctx, &s->sql, statement, &more)) && more) {
        if ((status = export_table_row(ctx, s, r, statement, &run, &wanted))) return status;
        if (!wanted) continue;
        fprintf(to, "%ld", run->index);
        for (size_t a = 0; a < s->axes.count; a++) {
            fputc(',', to);
            csv_text(to, run->axes[a] ? run->axes[a] : "");
        }
        for (size_t c = 0; c < s->columns.count; c++) {
            char number[40];
            const char *text;
            if ((status = export_table_cell(ctx, s, statement, (int)c + 1, number, &text)))
                return status;
            fputc(',', to);
            csv_text(to, text);
        }
        fputc('\n', to);
    }
    return status;
}

enum attndyn_status export_table(struct attndyn_context *ctx, const struct export_sheet *s,
                                 const struct export_request *r, FILE *to) {
    sqlite3_stmt *statement;
    fputs("run", to);
    for (size_t a = 0; a < s->axes.count; a++) fprintf(to, ",%s", s->axes.at[a]);
    for (size_t c = 0; c < s->columns.count; c++) {
        fputc(',', to);
        export_table_name(s, r->table, s->columns.at[c], to);
    }
    fputc('\n', to);
    ATTNDYN_TRY(export_table_select(ctx, s, r->table, &statement));
    enum attndyn_status status = write_rows(ctx, s, r, statement, to);
    sqlite3_finalize(statement);
    return status;
}
