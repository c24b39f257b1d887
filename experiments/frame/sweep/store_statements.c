/* Statements that every part of the store uses: writing meta, prepared queries, sums over rows. */
#include "sim/base/hash.h"
#include "store_private.h"

#include <string.h>

enum attndyn_status store_put_meta(struct attndyn_context *ctx, const struct store *store,
                                   const char *key, const char *value) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO meta VALUES(?, ?)", &s));
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
    enum attndyn_status status = sql_step(ctx, &store->sql, s);
    sqlite3_finalize(s);
    return status;
}

enum attndyn_status store_often(struct attndyn_context *ctx, struct store *store,
                                const char *literal, sqlite3_stmt **statement) {
    size_t i = 0;
    while (i < STORE_OFTEN && store->often[i].query && store->often[i].query != literal) i++;
    if (i == STORE_OFTEN)
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "internal error: STORE_OFTEN is too small");
    if (!store->often[i].query) {
        ATTNDYN_TRY(sql_prepare(ctx, &store->sql, literal, &store->often[i].statement));
        store->often[i].query = literal;
    }
    *statement = store->often[i].statement;
    return ATTNDYN_OK;
}

static enum attndyn_status sum_cell(struct attndyn_context *ctx, const struct store *store,
                                    sqlite3_stmt *s, int c, uint64_t *sum) {
    const int kind = sqlite3_column_type(s, c);
    *sum = attndyn_hash_bytes(*sum, &kind, sizeof kind);
    if (kind == SQLITE_FLOAT) {
        const double x = sqlite3_column_double(s, c);
        *sum = attndyn_hash_bytes(*sum, &x, sizeof x);
    } else if (kind == SQLITE_INTEGER) {
        const sqlite3_int64 n = sqlite3_column_int64(s, c);
        *sum = attndyn_hash_bytes(*sum, &n, sizeof n);
    } else if (kind != SQLITE_NULL) {
        const char *text;
        ATTNDYN_TRY(sql_text(ctx, &store->sql, s, c, &text));
        *sum = attndyn_hash_bytes(*sum, text, strlen(text) + 1);
    }
    return ATTNDYN_OK;
}

enum attndyn_status store_sum_rows(struct attndyn_context *ctx, struct store *store,
                                   sqlite3_stmt *s, long place, uint64_t *sum) {
    sqlite3_bind_int64(s, 1, place);
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &store->sql, s, &more)) && more)
        for (int c = 0; c < sqlite3_column_count(s) && !status; c++)
            status = sum_cell(ctx, store, s, c, sum);
    sqlite3_reset(s);
    return status;
}
