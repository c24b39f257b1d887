/* SQLite out of memory: each of its allocations fails once, and that is reported or does not
 * matter. */
#include "experiments/frame/sweep/sql.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

static sqlite3_mem_methods real;
static long calls, fail_at;

static void *starved_malloc(int size) {
    return ++calls == fail_at ? NULL : real.xMalloc(size);
}
static void *starved_realloc(void *block, int size) {
    return ++calls == fail_at ? NULL : real.xRealloc(block, size);
}

static void set_up(void) {
    ck_assert_int_eq(sqlite3_shutdown(), SQLITE_OK);
    ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
    sqlite3_mem_methods starved = real;
    starved.xMalloc = starved_malloc;
    starved.xRealloc = starved_realloc;
    ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &starved), SQLITE_OK);
    /* small allocations come from this pool and cannot fail */
    ck_assert_int_eq(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
    calls = fail_at = 0;
    ck_assert_int_eq(sqlite3_initialize(), SQLITE_OK);
}
static void tear_down(void) {
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &real);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 1200, 40); /* the default of 3.31 and later */
}

/* A number read as a text must be converted, which takes memory. */
static enum attndyn_status read_row(struct attndyn_context *ctx, struct sql *sql, bool *right) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_do(ctx, sql, "CREATE TABLE t(n INTEGER, x REAL, none TEXT, name TEXT)"));
    ATTNDYN_TRY(sql_prepare(ctx, sql, "INSERT INTO t VALUES(12345, NULL, NULL, 'a name')", &s));
    enum attndyn_status status = sql_step(ctx, sql, s);
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    ATTNDYN_TRY(sql_prepare(ctx, sql, "SELECT n, x, none, name FROM t", &s));
    const char *number = "", *none = "";
    char *name = NULL;
    bool more = false;
    status = sql_row(ctx, sql, s, &more);
    if (!status) status = sql_text(ctx, sql, s, 0, &number);
    if (!status) status = sql_text(ctx, sql, s, 2, &none);
    if (!status) status = sql_copy(ctx, sql, s, 3, &name);
    *right = !status && more && number && strcmp(number, "12345") == 0 && !none &&
             isnan(sql_real(s, 1)) && strcmp(name, "a name") == 0;
    if (*right) { /* an earlier failure would show at the next step */
        status = sql_row(ctx, sql, s, &more);
        *right = !status && !more;
    }
    sqlite3_finalize(s);
    return status;
}

TEST(want_of_memory_is_told) {
    long told = 0;
    for (fail_at = 1;; fail_at++) {
        struct attndyn_context *ctx = attndyn_context_create();
        struct sql sql = {.path = "t.db", .trouble = ATTNDYN_IO};
        bool right = false;
        calls = 0;
        enum attndyn_status status = sqlite3_open(":memory:", &sql.db) == SQLITE_OK
                                         ? read_row(ctx, &sql, &right)
                                         : sql_failed(ctx, &sql);
        sqlite3_close(sql.db);
        ck_assert_msg(status == ATTNDYN_NO_MEMORY || (!status && right),
                      "allocation %ld: status %d: %s", fail_at, status, attndyn_message(ctx));
        told += status != ATTNDYN_OK;
        bool over = calls < fail_at;
        attndyn_context_free(ctx);
        if (over) break;
    }
    ck_assert_int_gt(told, 20);
}

TEST(other_trouble_has_its_status) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct sql sql = {.path = "t.db", .trouble = ATTNDYN_NO_INPUT};
    ck_assert_int_eq(sqlite3_open(":memory:", &sql.db), SQLITE_OK);
    ck_assert_int_eq(sql_do(ctx, &sql, "SELECT x FROM nowhere"), ATTNDYN_NO_INPUT);
    ck_assert_str_eq(attndyn_message(ctx), "store t.db: no such table: nowhere");
    sqlite3_close(sql.db);
    attndyn_context_free(ctx);
}

TCASE(sql) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_tests(tcase, want_of_memory_is_told, other_trouble_has_its_status);
}
