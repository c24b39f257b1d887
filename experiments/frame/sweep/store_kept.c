/* The rows of tables that a store keeps beside its scalars. */
#include "sim/base/hash.h"
#include "store_private.h"

#include <math.h>
#include <string.h>

enum attndyn_status store_kept_read(struct attndyn_context *ctx, struct store *store) {
    char *held;
    ATTNDYN_TRY(
        sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'keep'", NULL, &held));
    if (!held || !*held) return ATTNDYN_OK;
    enum attndyn_status status = keep_add(ctx, store->design->experiment, held, &store->keep);
    return status ? attndyn_fail_while(ctx, status, "store %s", store->sql.path) : ATTNDYN_OK;
}

static const char *type_of(enum column_type type) {
    return type == COLUMN_REAL ? "REAL" : type == COLUMN_INT ? "INTEGER" : "TEXT";
}

static enum attndyn_status make_table(struct attndyn_context *ctx, struct store *store,
                                      const struct keep_table *table) {
    const char *name = table->about->name;
    ATTNDYN_TRY(sql_do_format(ctx, &store->sql,
                              "CREATE TABLE IF NOT EXISTS \"kept_%s\"(idx INTEGER, row INTEGER, "
                              "PRIMARY KEY(idx, row)) WITHOUT ROWID",
                              name));
    char *query = attndyn_format(ctx,
                                 "SELECT count(*) FROM pragma_table_info('kept_%s') WHERE name "
                                 "= ?",
                                 name);
    if (!query) return ATTNDYN_NO_MEMORY;
    for (size_t c = 0; c < table->columns; c++) {
        const struct column *column = &table->about->columns[c];
        long there;
        if (!table->wanted[c]) continue;
        ATTNDYN_TRY(sql_one_integer(ctx, &store->sql, query, column->name, 0, &there));
        if (there) continue;
        ATTNDYN_TRY(sql_do_format(ctx, &store->sql, "ALTER TABLE \"kept_%s\" ADD COLUMN \"%s\" %s",
                                  name, column->name, type_of(column->type)));
    }
    return ATTNDYN_OK;
}

enum attndyn_status store_kept_make(struct attndyn_context *ctx, struct store *store) {
    char *text, *held;
    if (store->keep.count == 0) return ATTNDYN_OK;
    ATTNDYN_TRY(keep_text(ctx, &store->keep, &text));
    ATTNDYN_TRY(
        sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'keep'", NULL, &held));
    if (held && strcmp(held, text) == 0) return ATTNDYN_OK;
    for (size_t t = 0; t < store->keep.n_tables; t++)
        if (store->keep.tables[t].count)
            ATTNDYN_TRY(make_table(ctx, store, &store->keep.tables[t]));
    return store_put_meta(ctx, store, "keep", text);
}

enum attndyn_status store_kept_prepare(struct attndyn_context *ctx, struct store *store) {
    ATTNDYN_ALLOC(ctx, store->put_kept, store->keep.n_tables);
    for (size_t t = 0; t < store->keep.n_tables; t++) {
        const struct keep_table *table = &store->keep.tables[t];
        if (table->count == 0) continue;
        char *columns = attndyn_strdup(ctx, "idx, row"), *marks = attndyn_strdup(ctx, "?, ?");
        for (size_t c = 0; c < table->columns && columns && marks; c++) {
            if (!table->wanted[c]) continue;
            columns = attndyn_format(ctx, "%s, \"%s\"", columns, table->about->columns[c].name);
            marks = attndyn_format(ctx, "%s, ?", marks);
        }
        char *text = columns && marks
                         ? attndyn_format(ctx, "INSERT INTO \"kept_%s\"(%s) VALUES(%s)",
                                          table->about->name, columns, marks)
                         : NULL;
        if (!text) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(sql_prepare(ctx, &store->sql, text, &store->put_kept[t]));
    }
    return ATTNDYN_OK;
}

static void bind_cell(sqlite3_stmt *s, int position, struct cell cell) {
    switch (cell.type) {
    case COLUMN_REAL:
        if (isnan(cell.real))
            sqlite3_bind_null(s, position);
        else
            sqlite3_bind_double(s, position, cell.real);
        break;
    case COLUMN_INT:
        sqlite3_bind_int64(s, position, cell.integer);
        break;
    case COLUMN_TEXT:
        sqlite3_bind_text64(s, position, cell.text, (sqlite3_uint64)cell.integer, SQLITE_STATIC,
                            SQLITE_UTF8);
        break;
    }
}

static enum attndyn_status put_table(struct attndyn_context *ctx, struct store *store, size_t t,
                                     long place, struct keep_reader *reader) {
    const struct keep_table *table = &store->keep.tables[t];
    sqlite3_stmt *s = store->put_kept[t];
    const size_t rows = keep_rows(reader);
    for (size_t r = 0; r < rows; r++) {
        int position = 1;
        sqlite3_bind_int64(s, position++, place);
        sqlite3_bind_int64(s, position++, (sqlite3_int64)r);
        for (size_t c = 0; c < table->columns; c++)
            if (table->wanted[c])
                bind_cell(s, position++, keep_cell(reader, table->about->columns[c].type));
        ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    }
    char *columns = keep_columns(ctx, table);
    if (!columns) return ATTNDYN_NO_MEMORY;
    return sql_do_format(ctx, &store->sql, "INSERT INTO kept VALUES(%ld, '%s', '%s', %ld)", place,
                         table->about->name, columns, (long)rows);
}

enum attndyn_status store_kept_put(struct attndyn_context *ctx, struct store *store, long place,
                                   const struct sweep_record *record) {
    struct keep_reader reader = {.at = record->kept};
    if (store->keep.count == 0) return ATTNDYN_OK;
    ATTNDYN_TRY(sql_do_format(ctx, &store->sql, "DELETE FROM kept WHERE idx = %ld", place));
    for (size_t t = 0; t < store->keep.n_tables; t++) {
        if (store->keep.tables[t].count == 0) continue;
        ATTNDYN_TRY(sql_do_format(ctx, &store->sql, "DELETE FROM \"kept_%s\" WHERE idx = %ld",
                                  store->keep.tables[t].about->name, place));
        if (record->kept) ATTNDYN_TRY(put_table(ctx, store, t, place, &reader));
    }
    return ATTNDYN_OK;
}

/* The columns that this run has kept; columns added later stay empty until it is run again. */
static enum attndyn_status sum_table(struct attndyn_context *ctx, struct store *store,
                                     const char *name, const char *columns, long place,
                                     uint64_t *sum) {
    char *list = attndyn_strdup(ctx, "row");
    for (const char *at = columns; list && *at;) {
        const size_t n = strcspn(at, ",");
        list = attndyn_format(ctx, "%s, \"%.*s\"", list, (int)n, at);
        at += n + (at[n] == ',');
    }
    char *query = list
                      ? attndyn_format(ctx, "SELECT %s FROM \"kept_%s\" WHERE idx = ? ORDER BY row",
                                       list, name)
                      : NULL;
    sqlite3_stmt *s;
    if (!query) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, query, &s));
    enum attndyn_status status = store_sum_rows(ctx, store, s, place, sum);
    sqlite3_finalize(s);
    return status;
}

enum attndyn_status store_kept_sum(struct attndyn_context *ctx, struct store *store, long place,
                                   uint64_t *sum) {
    for (size_t t = 0; t < store->keep.n_tables; t++) {
        const char *name = store->keep.tables[t].about->name;
        char *columns, *query;
        if (store->keep.tables[t].count == 0) continue;
        query = attndyn_format(ctx, "SELECT columns FROM kept WHERE idx = %ld AND tbl = ?", place);
        if (!query) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(sql_one_text(ctx, &store->sql, query, name, &columns));
        if (columns) ATTNDYN_TRY(sum_table(ctx, store, name, columns, place, sum));
    }
    return ATTNDYN_OK;
}
