#include "sql.h"

#include "sim/base/target.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* file:/a%20path?how */
static char *uri(struct attndyn_context *ctx, const char *path, const char *how) {
    char *text = attndyn_alloc(ctx, 3 * strlen(path) + strlen(how) + 10, 1), *to = text;
    if (!text) return NULL;
    to += sprintf(to, "file:");
    for (; *path; path++)
        to += isalnum((unsigned char)*path) || strchr("/_.-", *path)
                  ? sprintf(to, "%c", *path)
                  : sprintf(to, "%%%02X", (unsigned)(unsigned char)*path);
    sprintf(to, "?%s", how);
    return text;
}

/* An empty file, or another program's, has none of its tables. */
static enum attndyn_status is_a_store(struct attndyn_context *ctx, const struct sql *sql) {
    long tables;
    char *other;
    ATTNDYN_TRY(sql_one_integer(
        ctx, sql, "SELECT count(*) FROM sqlite_master WHERE name IN ('meta', 'axis', 'run')", NULL,
        0, &tables));
    if (tables == 3) return ATTNDYN_OK;
    ATTNDYN_TRY(sql_one_text(ctx, sql, "SELECT name FROM sqlite_master LIMIT 1", NULL, &other));
    if (!other)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s is no store of a sweep: it is empty",
                            sql->path);
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s is no store of a sweep: it holds '%.60s'",
                        sql->path, other);
}

enum attndyn_status sql_open_reading(struct attndyn_context *ctx, struct sql *sql) {
    struct attndyn_target target;
    struct stat about;
    sql->db = NULL;
    ATTNDYN_TRY(attndyn_target_find(ctx, sql->path, &target));
    if (access(target.path, R_OK) != 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read the store %s: %s", sql->path,
                            strerror(errno));
    /* Opening a pipe would wait for a writer. */
    if (target.kind != ATTNDYN_TARGET_FILE)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s is no store of a sweep: it is a %s",
                            sql->path,
                            target.kind == ATTNDYN_TARGET_FOLDER ? "folder" : "pipe or a device");
    char *wal = attndyn_format(ctx, "%s-wal", target.path);
    if (!wal) return ATTNDYN_NO_MEMORY;
    /* SQLite writes beside a file in WAL mode even to read it, unless told that the file is
     * immutable. A WAL that exists belongs to a sweep that is running or was killed, and must be
     * read too. */
    bool at_rest = stat(wal, &about) != 0 || about.st_size == 0;
    char *name = uri(ctx, target.path, at_rest ? "immutable=1" : "mode=ro");
    if (!name) return ATTNDYN_NO_MEMORY;
    enum attndyn_status status = ATTNDYN_OK;
    if (sqlite3_open_v2(name, &sql->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
        status = sql_failed(ctx, sql);
    if (!status) status = is_a_store(ctx, sql);
    if (!status) return ATTNDYN_OK;
    /* Without the -shm beside it SQLite must make one. */
    if (sqlite3_errcode(sql->db) == SQLITE_CANTOPEN && !at_rest)
        status = attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                              "store %s: a sweep that was stopped has left %s-wal, which cannot be "
                              "read in this folder: copy both to one that you may write to",
                              sql->path, sql->path);
    sqlite3_close(sql->db);
    sql->db = NULL;
    return status;
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

enum attndyn_status sql_do_format(struct attndyn_context *ctx, const struct sql *sql,
                                  const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = sqlite3_vmprintf(format, arguments);
    va_end(arguments);
    if (!text) return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "store %s: out of memory", sql->path);
    enum attndyn_status status = sql_do(ctx, sql, text);
    sqlite3_free(text);
    return status;
}

/* *more: the query has a first row, which *s stands on; *s is to be finalized in any case. */
static enum attndyn_status first_row(struct attndyn_context *ctx, const struct sql *sql,
                                     const char *query, const char *bound, sqlite3_stmt **s,
                                     bool *more) {
    ATTNDYN_TRY(sql_prepare(ctx, sql, query, s));
    if (bound) sqlite3_bind_text(*s, 1, bound, -1, SQLITE_STATIC);
    return sql_row(ctx, sql, *s, more);
}

enum attndyn_status sql_one_text(struct attndyn_context *ctx, const struct sql *sql,
                                 const char *query, const char *bound, char **text) {
    sqlite3_stmt *s = NULL;
    bool more = false;
    *text = NULL;
    enum attndyn_status status = first_row(ctx, sql, query, bound, &s, &more);
    if (!status && more && sqlite3_column_type(s, 0) != SQLITE_NULL)
        status = sql_copy(ctx, sql, s, 0, text);
    sqlite3_finalize(s);
    return status;
}

enum attndyn_status sql_one_integer(struct attndyn_context *ctx, const struct sql *sql,
                                    const char *query, const char *bound, long otherwise,
                                    long *number) {
    sqlite3_stmt *s = NULL;
    bool more = false;
    *number = otherwise;
    enum attndyn_status status = first_row(ctx, sql, query, bound, &s, &more);
    if (!status && more && sqlite3_column_type(s, 0) != SQLITE_NULL)
        *number = (long)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return status;
}

enum attndyn_status sql_names_add(struct attndyn_context *ctx, struct sql_names *names,
                                  char *name) {
    ATTNDYN_RESIZE(ctx, names->at, names->count, names->count + 1);
    names->at[names->count++] = name;
    return ATTNDYN_OK;
}

enum attndyn_status sql_names_read(struct attndyn_context *ctx, const struct sql *sql,
                                   const char *query, struct sql_names *names) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, sql, query, &s));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, sql, s, &more)) && more) {
        char *name;
        if ((status = sql_copy(ctx, sql, s, 0, &name)) ||
            (status = sql_names_add(ctx, names, name)))
            break;
    }
    sqlite3_finalize(s);
    return status;
}

size_t sql_names_position(const struct sql_names *names, const char *name) {
    size_t i = 0;
    while (i < names->count && strcmp(names->at[i], name) != 0) i++;
    return i;
}
