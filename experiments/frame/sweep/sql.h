/* SQLite with our statuses: every statement, row and text is obtained, or the failure is
 * reported. */
#ifndef FRAME_SWEEP_SQL_H
#define FRAME_SWEEP_SQL_H

#include "sim/base/context.h"

#include <sqlite3.h>
#include <stdbool.h>

struct sql {
    sqlite3 *db;
    const char *path; /* for messages */
    /* the status of failures other than lack of memory: ATTNDYN_IO, or ATTNDYN_NO_INPUT for
     * readers */
    enum attndyn_status trouble;
};

/* The status of the connection's last call, with a message: ATTNDYN_NO_MEMORY or `trouble`. */
enum attndyn_status sql_failed(struct attndyn_context *ctx, const struct sql *sql);
/* Opens sql->path for reading alone: nothing is written, neither to it nor beside it, so that it
 * may lie in a folder of somebody else. ATTNDYN_NO_INPUT, and no connection, where it cannot be
 * read. */
enum attndyn_status sql_open_reading(struct attndyn_context *ctx, struct sql *sql);
/* Statements without rows, separated by ;. */
enum attndyn_status sql_do(struct attndyn_context *ctx, const struct sql *sql, const char *text);
enum attndyn_status sql_prepare(struct attndyn_context *ctx, const struct sql *sql,
                                const char *text, sqlite3_stmt **statement);
/* Executes a prepared statement without rows, and resets it. */
enum attndyn_status sql_step(struct attndyn_context *ctx, const struct sql *sql,
                             sqlite3_stmt *statement);
/* The next row; *more false: there was none. */
enum attndyn_status sql_row(struct attndyn_context *ctx, const struct sql *sql,
                            sqlite3_stmt *statement, bool *more);
/* The text of a column of the row at hand, until the next row; NULL only where the column is
 * NULL. */
enum attndyn_status sql_text(struct attndyn_context *ctx, const struct sql *sql,
                             sqlite3_stmt *statement, int column, const char **text);
/* The same, owned by the context; "" where the column is NULL. */
enum attndyn_status sql_copy(struct attndyn_context *ctx, const struct sql *sql,
                             sqlite3_stmt *statement, int column, char **text);
/* A column of numbers: NaN where it is NULL. */
double sql_real(sqlite3_stmt *statement, int column);

/* sql_do of a text that is put together; %s stand for names of the program's own, never for
 * data. */
enum attndyn_status sql_do_format(struct attndyn_context *ctx, const struct sql *sql,
                                  const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The first column of a query's first row, with `bound` (or NULL) for its one ?; *text is NULL
 * where there is no row or no value. Owned by the context. */
enum attndyn_status sql_one_text(struct attndyn_context *ctx, const struct sql *sql,
                                 const char *query, const char *bound, char **text);
/* The same of a number; `otherwise` where there is none. */
enum attndyn_status sql_one_integer(struct attndyn_context *ctx, const struct sql *sql,
                                    const char *query, const char *bound, long otherwise,
                                    long *number);

/* The first columns of a query's rows. */
struct sql_names {
    char **at; /* (count) */
    size_t count;
};
enum attndyn_status sql_names_read(struct attndyn_context *ctx, const struct sql *sql,
                                   const char *query, struct sql_names *names);
/* One more, which is kept as it is. */
enum attndyn_status sql_names_add(struct attndyn_context *ctx, struct sql_names *names, char *name);
/* names->count where it is not among them. */
size_t sql_names_position(const struct sql_names *names, const char *name);

#endif
