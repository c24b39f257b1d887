#include "sql.h"

#include <math.h>

enum attndyn_status sql_failed(struct attndyn_context *ctx, const struct sql *sql) {
    /* Without a connection (sqlite3_open found no memory for one) this is SQLITE_NOMEM. */
    int code = sqlite3_errcode(sql->db);
    enum attndyn_status status = code == SQLITE_NOMEM ? ATTNDYN_NO_MEMORY : sql->trouble;
    const char *hint = code == SQLITE_FULL      ? " (the disk is full; make room and start again)"
                       : code == SQLITE_NOTADB  ? " (this is no SQLite file)"
                       : code == SQLITE_CORRUPT ? " (the store is damaged; restore it from a copy, "
                                                  "or start a new one)"
                                                : "";
    return attndyn_fail(ctx, status, "store %s: %s%s", sql->path, sqlite3_errmsg(sql->db), hint);
}

enum attndyn_status sql_do(struct attndyn_context *ctx, const struct sql *sql, const char *text) {
    if (sqlite3_exec(sql->db, text, NULL, NULL, NULL) != SQLITE_OK) return sql_failed(ctx, sql);
    return ATTNDYN_OK;
}

enum attndyn_status sql_prepare(struct attndyn_context *ctx, const struct sql *sql,
                                const char *text, sqlite3_stmt **statement) {
    if (sqlite3_prepare_v2(sql->db, text, -1, statement, NULL) != SQLITE_OK)
        return sql_failed(ctx, sql);
    return ATTNDYN_OK;
}

enum attndyn_status sql_step(struct attndyn_context *ctx, const struct sql *sql,
                             sqlite3_stmt *statement) {
    bool more = false;
    enum attndyn_status status = sql_row(ctx, sql, statement, &more);
    sqlite3_reset(statement);
    return status;
}

enum attndyn_status sql_row(struct attndyn_context *ctx, const struct sql *sql,
                            sqlite3_stmt *statement, bool *more) {
    int code = sqlite3_step(statement);
    *more = code == SQLITE_ROW;
    return *more || code == SQLITE_DONE ? ATTNDYN_OK : sql_failed(ctx, sql);
}

enum attndyn_status sql_text(struct attndyn_context *ctx, const struct sql *sql,
                             sqlite3_stmt *statement, int column, const char **text) {
    /* The type must be asked for first: the text may convert the column. */
    bool null = sqlite3_column_type(statement, column) == SQLITE_NULL;
    *text = null ? NULL : (const char *)sqlite3_column_text(statement, column);
    if (null || *text) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "store %s: out of memory", sql->path);
}

enum attndyn_status sql_copy(struct attndyn_context *ctx, const struct sql *sql,
                             sqlite3_stmt *statement, int column, char **text) {
    const char *found;
    ATTNDYN_TRY(sql_text(ctx, sql, statement, column, &found));
    *text = attndyn_strdup(ctx, found ? found : "");
    return *text ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

double sql_real(sqlite3_stmt *statement, int column) {
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? NAN
               : sqlite3_column_double(statement, column);
}
