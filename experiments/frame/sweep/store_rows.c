/* The store's rows: those of one run, and questions about all of them. */
#include "experiments/frame/contract/check.h"
#include "sim/base/hash.h"
#include "store_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* --- what a row says ---------------------------------------------------------------------------
 */

enum attndyn_status store_checksum(struct attndyn_context *ctx, struct store *store, long place,
                                   long as, uint64_t *sum) {
    static const char *const parts[] = {
        "SELECT status, message, steps, rhs, build FROM run WHERE idx = ?",
        "SELECT name, value FROM scalar WHERE idx = ? ORDER BY name",
        "SELECT id, verdict, measured, bound FROM verdict WHERE idx = ? ORDER BY id",
        "SELECT tbl, columns, rows FROM kept WHERE idx = ? ORDER BY tbl"};
    *sum = attndyn_hash_bytes(attndyn_hash_start, &as, sizeof as);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        sqlite3_stmt *s;
        ATTNDYN_TRY(store_often(ctx, store, parts[i], &s));
        ATTNDYN_TRY(store_sum_rows(ctx, store, s, place, sum));
    }
    return store_kept_sum(ctx, store, place, sum);
}

enum attndyn_status store_set_checksum(struct attndyn_context *ctx, struct store *store, long place,
                                       uint64_t sum) {
    static const char query[] = "UPDATE run SET checksum = ? WHERE idx = ?";
    sqlite3_stmt *s;
    ATTNDYN_TRY(store_often(ctx, store, query, &s));
    sqlite3_bind_int64(s, 1, (sqlite3_int64)sum);
    sqlite3_bind_int64(s, 2, place);
    return sql_step(ctx, &store->sql, s);
}

enum attndyn_status store_row_is_whole(struct attndyn_context *ctx, struct store *store,
                                       long place) {
    static const char query[] = "SELECT checksum FROM run WHERE idx = ?";
    uint64_t sum;
    sqlite3_stmt *s;
    ATTNDYN_TRY(store_checksum(ctx, store, place, place, &sum));
    ATTNDYN_TRY(store_often(ctx, store, query, &s));
    sqlite3_bind_int64(s, 1, place);
    bool more = false;
    enum attndyn_status status = sql_row(ctx, &store->sql, s, &more);
    if (!status && (!more || (uint64_t)sqlite3_column_int64(s, 0) != sum))
        status = attndyn_fail(
            ctx, ATTNDYN_IO,
            "store %s: the row of run %ld is damaged; restore the store from a copy, or "
            "start a new one",
            store->sql.path, place);
    sqlite3_reset(s);
    return status;
}

enum attndyn_status store_rows(struct attndyn_context *ctx, const struct store *store, long **rows,
                               size_t *count) {
    long all;
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_one_integer(ctx, &store->sql, "SELECT count(*) FROM run", NULL, 0, &all));
    ATTNDYN_ALLOC(ctx, *rows, (size_t)all);
    *count = 0;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "SELECT idx FROM run ORDER BY idx", &s));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &store->sql, s, &more)) && more && *count < (size_t)all)
        (*rows)[(*count)++] = (long)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return status;
}

enum attndyn_status store_is_whole(struct attndyn_context *ctx, struct store *store) {
    long *rows;
    size_t count;
    ATTNDYN_TRY(store_rows(ctx, store, &rows, &count));
    for (size_t i = 0; i < count; i++) ATTNDYN_TRY(store_row_is_whole(ctx, store, rows[i]));
    attndyn_free(ctx, rows);
    return ATTNDYN_OK;
}

enum attndyn_status store_tables(struct attndyn_context *ctx, const struct store *store,
                                 struct sql_names *tables) {
    return sql_names_read(ctx, &store->sql,
                          "SELECT name FROM sqlite_master WHERE type = 'table' AND (name IN "
                          "('run', 'timing', 'scalar', 'verdict', 'kept') OR substr(name, 1, 5) = "
                          "'kept_') ORDER BY name",
                          tables);
}

/* --- which have ended --------------------------------------------------------------------------
 */

/* Which run of the design stands at a place: (points). */
static enum attndyn_status runs_of_places(struct attndyn_context *ctx, const struct store *store,
                                          size_t **runs) {
    ATTNDYN_ALLOC(ctx, *runs, store->points);
    for (size_t i = 0; i < store->points; i++) (*runs)[i] = STORE_ABSENT;
    for (size_t i = 0; i < store->design->runs; i++) {
        const size_t place = store_place(store, i);
        if (place < store->points) (*runs)[place] = i;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status ended_by(struct attndyn_context *ctx, struct store *store, bool retry,
                                    const char *query, bool *ended) {
    size_t *runs;
    sqlite3_stmt *s;
    memset(ended, 0, store->design->runs * sizeof *ended);
    ATTNDYN_TRY(runs_of_places(ctx, store, &runs));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, query, &s));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &store->sql, s, &more)) && more) {
        sqlite3_int64 i = sqlite3_column_int64(s, 0);
        const char *how;
        if ((status = sql_text(ctx, &store->sql, s, 1, &how))) break;
        if (i >= 0 && (size_t)i < store->points && runs[i] != STORE_ABSENT)
            ended[runs[i]] = !(retry && how && strcmp(how, "failed") == 0);
    }
    sqlite3_finalize(s);
    attndyn_free(ctx, runs);
    return status;
}

enum attndyn_status store_ended_somehow(struct attndyn_context *ctx, struct store *store,
                                        bool *ended) {
    return ended_by(ctx, store, false, "SELECT idx, status FROM run", ended);
}

enum attndyn_status store_ended(struct attndyn_context *ctx, struct store *store, bool retry,
                                bool *ended) {
    char *lacking = attndyn_strdup(ctx, ""), *query;
    for (size_t t = 0; t < store->keep.n_tables && lacking; t++) {
        if (store->keep.tables[t].count == 0) continue;
        char *columns = keep_columns(ctx, &store->keep.tables[t]);
        lacking = columns ? attndyn_format(ctx,
                                           "%s AND (status <> 'done' OR EXISTS (SELECT 1 FROM kept "
                                           "k WHERE k.idx = run.idx AND k.tbl = '%s' AND k.columns "
                                           "= '%s'))",
                                           lacking, store->keep.tables[t].about->name, columns)
                          : NULL;
    }
    query = lacking ? attndyn_format(ctx, "SELECT idx, status FROM run WHERE 1%s", lacking) : NULL;
    return query ? ended_by(ctx, store, retry, query, ended) : ATTNDYN_NO_MEMORY;
}

enum attndyn_status store_skipped(struct attndyn_context *ctx, struct store *store, size_t *count,
                                  char **why) {
    long skipped;
    *why = NULL;
    ATTNDYN_TRY(sql_one_integer(
        ctx, &store->sql, "SELECT count(*) FROM run WHERE status = 'skipped'", NULL, 0, &skipped));
    *count = (size_t)skipped;
    if (skipped == 0) return ATTNDYN_OK;
    return sql_one_text(ctx, &store->sql,
                        "SELECT message FROM run WHERE status = 'skipped' ORDER BY idx LIMIT 1",
                        NULL, why);
}

/* --- putting one -------------------------------------------------------------------------------
 */

static const char *status_name(int status) {
    return status == RUN_DONE ? "done" : status == RUN_FAILED ? "failed" : "skipped";
}

static void bind_real(sqlite3_stmt *s, int position, double x) {
    if (isnan(x))
        sqlite3_bind_null(s, position);
    else
        sqlite3_bind_double(s, position, x);
}

static enum attndyn_status put_parts(struct attndyn_context *ctx, struct store *store,
                                     const struct sweep_record *r, long place) {
    sqlite3_stmt *s = store->put_run;
    sqlite3_bind_int64(s, 1, place);
    sqlite3_bind_text(s, 2, status_name(r->status), -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, r->message, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, r->steps);
    sqlite3_bind_int64(s, 5, r->rhs);
    sqlite3_bind_null(s, 6);
    sqlite3_bind_int64(s, 7, store->build);
    ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    char date[40] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc)) strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    s = store->put_timing;
    sqlite3_bind_int64(s, 1, place);
    sqlite3_bind_double(s, 2, r->seconds);
    sqlite3_bind_text(s, 3, date, -1, SQLITE_STATIC);
    ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    for (long i = 0; i < r->n_scalars; i++) {
        s = store->put_scalar;
        sqlite3_bind_int64(s, 1, place);
        sqlite3_bind_text(s, 2, store->design->experiment->scalars[i].name, -1, SQLITE_STATIC);
        bind_real(s, 3, r->scalars[i]);
        ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    }
    for (long i = 0; i < r->n_checks; i++) {
        s = store->put_verdict;
        sqlite3_bind_int64(s, 1, place);
        sqlite3_bind_text(s, 2, store->design->experiment->checks[i]->id, -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, verdict_name((enum verdict_kind)r->checks[i].verdict), -1,
                          SQLITE_STATIC);
        bind_real(s, 4, r->checks[i].measured);
        bind_real(s, 5, r->checks[i].bound);
        ATTNDYN_TRY(sql_step(ctx, &store->sql, s));
    }
    ATTNDYN_TRY(store_kept_put(ctx, store, place, r));
    uint64_t sum;
    ATTNDYN_TRY(store_checksum(ctx, store, place, place, &sum));
    return store_set_checksum(ctx, store, place, sum);
}

static enum attndyn_status finish(struct attndyn_context *ctx, struct store *store,
                                  enum attndyn_status status) {
    if (!status) status = sql_do(ctx, &store->sql, "COMMIT");
    if (status) sqlite3_exec(store->sql.db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

enum attndyn_status store_put(struct attndyn_context *ctx, struct store *store,
                              const struct sweep_record *record) {
    const uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(sql_do(ctx, &store->sql, "BEGIN"));
    enum attndyn_status status = finish(
        ctx, store, put_parts(ctx, store, record, (long)store_place(store, (size_t)record->index)));
    attndyn_memory_release(ctx, mark);
    return status;
}

/* --- from another store ------------------------------------------------------------------------
 */

/* The rows of one table that belong to a run, cell by cell; column `build` is told anew. */
static enum attndyn_status copy_table(struct attndyn_context *ctx, struct store *store,
                                      struct store *source, const char *table, const char *columns,
                                      const char *also, long from, long to, long build) {
    sqlite3_stmt *read = NULL, *write = NULL;
    char *query =
        attndyn_format(ctx, "SELECT %s FROM \"%s\" WHERE idx = ?%s", columns, table, also);
    if (!query) return ATTNDYN_NO_MEMORY;
    enum attndyn_status status = sql_prepare(ctx, &source->sql, query, &read);
    char *marks = status ? NULL : attndyn_strdup(ctx, "?");
    const int n = status ? 0 : sqlite3_column_count(read);
    for (int c = 1; c < n && marks; c++) marks = attndyn_format(ctx, "%s, ?", marks);
    query = marks ? attndyn_format(ctx, "INSERT OR REPLACE INTO \"%s\"(%s) VALUES(%s)", table,
                                   columns, marks)
                  : NULL;
    if (!status && !query) status = ATTNDYN_NO_MEMORY;
    if (!status) status = sql_prepare(ctx, &store->sql, query, &write);
    if (!status) sqlite3_bind_int64(read, 1, from);
    bool more = true;
    while (!status && !(status = sql_row(ctx, &source->sql, read, &more)) && more) {
        sqlite3_bind_int64(write, 1, to);
        for (int c = 1; c < n; c++) sqlite3_bind_value(write, c + 1, sqlite3_column_value(read, c));
        if (build >= 0) sqlite3_bind_int64(write, n, build);
        status = sql_step(ctx, &store->sql, write);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    return status;
}

/* The row of the build that made a run of the source, in this store. */
static enum attndyn_status build_of(struct attndyn_context *ctx, struct store *store,
                                    struct store *source, long place, long *build) {
    static const char find[] = "SELECT id FROM build WHERE identity = ?";
    char *query = attndyn_format(ctx,
                                 "SELECT identity FROM build JOIN run ON build.id = run.build "
                                 "WHERE run.idx = %ld",
                                 place);
    char *identity, *version;
    if (!query) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_one_text(ctx, &source->sql, query, NULL, &identity));
    if (!identity) identity = attndyn_strdup(ctx, "");
    if (!identity) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_one_integer(ctx, &store->sql, find, identity, -1, build));
    if (*build >= 0) return ATTNDYN_OK;
    ATTNDYN_TRY(sql_one_text(ctx, &source->sql, "SELECT version FROM build WHERE identity = ?",
                             identity, &version));
    sqlite3_stmt *s;
    ATTNDYN_TRY(
        sql_prepare(ctx, &store->sql, "INSERT INTO build(version, identity) VALUES(?, ?)", &s));
    sqlite3_bind_text(s, 1, version ? version : "", -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, identity, -1, SQLITE_STATIC);
    enum attndyn_status status = sql_step(ctx, &store->sql, s);
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    return sql_one_integer(ctx, &store->sql, find, identity, -1, build);
}

/* If the source has not kept a table, or with other columns, the run has to be made again. */
static enum attndyn_status copy_kept(struct attndyn_context *ctx, struct store *store,
                                     struct store *source, const struct keep_table *table,
                                     long from, long to) {
    char *name = attndyn_format(ctx, "kept_%s", table->about->name), *held;
    char *columns = keep_columns(ctx, table), *list = attndyn_strdup(ctx, "idx, row");
    char *query = attndyn_format(ctx, "SELECT columns FROM kept WHERE idx = %ld AND tbl = ?", from);
    char *also = attndyn_format(ctx, " AND tbl = '%s'", table->about->name);
    for (size_t c = 0; c < table->columns && list; c++)
        if (table->wanted[c])
            list = attndyn_format(ctx, "%s, \"%s\"", list, table->about->columns[c].name);
    if (!name || !columns || !list || !query || !also) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_one_text(ctx, &source->sql, query, table->about->name, &held));
    if (!held || strcmp(held, columns) != 0) return ATTNDYN_OK;
    ATTNDYN_TRY(sql_do_format(ctx, &store->sql, "DELETE FROM \"%s\" WHERE idx = %ld", name, to));
    ATTNDYN_TRY(copy_table(ctx, store, source, name, list, "", from, to, -1));
    return copy_table(ctx, store, source, "kept", "idx, tbl, columns, rows", also, from, to, -1);
}

static enum attndyn_status copy_parts(struct attndyn_context *ctx, struct store *store,
                                      struct store *source, long from, long to) {
    long build;
    uint64_t sum;
    ATTNDYN_TRY(store_row_is_whole(ctx, source, from));
    ATTNDYN_TRY(build_of(ctx, store, source, from, &build));
    ATTNDYN_TRY(copy_table(ctx, store, source, "run", "idx, status, message, steps, rhs, build", "",
                           from, to, build));
    ATTNDYN_TRY(copy_table(ctx, store, source, "timing", "idx, seconds, ended", "", from, to, -1));
    ATTNDYN_TRY(copy_table(ctx, store, source, "scalar", "idx, name, value", "", from, to, -1));
    ATTNDYN_TRY(copy_table(ctx, store, source, "verdict", "idx, id, verdict, measured, bound", "",
                           from, to, -1));
    for (size_t t = 0; t < store->keep.n_tables; t++)
        if (store->keep.tables[t].count)
            ATTNDYN_TRY(copy_kept(ctx, store, source, &store->keep.tables[t], from, to));
    ATTNDYN_TRY(store_checksum(ctx, store, to, to, &sum));
    return store_set_checksum(ctx, store, to, sum);
}

enum attndyn_status store_copy(struct attndyn_context *ctx, struct store *store,
                               struct store *source, size_t index, bool *found) {
    const uint64_t mark = attndyn_memory_mark(ctx);
    const size_t from = store_place(source, index), to = store_place(store, index);
    long there = 0;
    *found = false;
    if (from == STORE_ABSENT) return ATTNDYN_OK;
    char *query = attndyn_format(ctx, "SELECT count(*) FROM run WHERE idx = %zu", from);
    if (!query) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_one_integer(ctx, &source->sql, query, NULL, 0, &there));
    *found = there > 0;
    if (!*found) return ATTNDYN_OK;
    ATTNDYN_TRY(sql_do(ctx, &store->sql, "BEGIN"));
    enum attndyn_status status =
        finish(ctx, store, copy_parts(ctx, store, source, (long)from, (long)to));
    attndyn_memory_release(ctx, mark);
    return status;
}
