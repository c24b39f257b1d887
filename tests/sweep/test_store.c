/* A sweep's store in which single numbers were changed behind the program's back: SQLite finds the
 * file in order, so that the program itself must see it. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char store[64], csv[64];

static void files(void) {
    snprintf(store, sizeof store, "/tmp/attndyn-store-%ld.db", (long)getpid());
    snprintf(csv, sizeof csv, "/tmp/attndyn-store-%ld.csv", (long)getpid());
}

static void clean(void) {
    char lock[80];
    snprintf(lock, sizeof lock, "%s.lock", store);
    remove(store);
    remove(lock);
    remove(csv);
}

/* Three runs that end and one that fails: r may not be above the model's width. */
static struct outcome sweep(void) {
    char arguments[256];
    snprintf(arguments, sizeof arguments,
             "sweep lowrank/memory shape=60M r=100,200,300,600 --store %s --csv %s", store, csv);
    return program_run(arguments);
}

/* Runs the statements, which must change `rows` rows. */
static void change(const char *statements, int rows) {
    sqlite3 *db;
    char *message = NULL;
    ck_assert_int_eq(sqlite3_open(store, &db), SQLITE_OK);
    int code = sqlite3_exec(db, statements, NULL, NULL, &message);
    ck_assert_msg(code == SQLITE_OK, "%s: %s", statements, message);
    ck_assert_int_eq(sqlite3_changes(db), rows);
    sqlite3_close(db);
}

static void refused(const char *statement, int rows, const char *run) {
    clean();
    sweep();
    change(statement, rows);
    char expected[64];
    snprintf(expected, sizeof expected, "the row of run %s is damaged", run);
    struct outcome o = sweep();
    ck_assert_msg(o.code == 74 && strstr(o.text, expected), "%s: exit %d: %s", statement, o.code,
                  o.text);
}

TEST(changed_numbers_are_found) {
    refused("UPDATE scalar SET value = value * (1 + 1e-15) WHERE idx = 1 AND name = 'galore_bytes'",
            1, "1");
    refused("UPDATE scalar SET value = NULL WHERE idx = 2 AND name = 'galore_bytes'", 1, "2");
    refused("DELETE FROM scalar WHERE idx = 0 AND name = 'galore_bytes'", 1, "0");
    refused("UPDATE verdict SET verdict = 'fails' WHERE idx = 0 AND id = "
            "(SELECT min(id) FROM verdict WHERE idx = 0)",
            1, "0");
    refused("UPDATE verdict SET measured = measured + 1 WHERE idx = 0 AND id = (SELECT min(id) "
            "FROM verdict WHERE idx = 0)",
            1, "0");
    refused("UPDATE verdict SET bound = bound + 1 WHERE idx = 0 AND id = (SELECT min(id) FROM "
            "verdict WHERE idx = 0)",
            1, "0");
    refused("UPDATE run SET status = 'failed' WHERE idx = 0", 1, "0");
    refused("UPDATE run SET steps = steps + 1 WHERE idx = 0", 1, "0");
    refused("UPDATE run SET rhs = rhs + 1 WHERE idx = 0", 1, "0");
    refused("UPDATE run SET message = message || '.' WHERE idx = 3", 1, "3");
}

/* Timings are not results and not part of the checksum. */
TEST(other_timings_are_the_same_results) {
    clean();
    struct outcome first = sweep();
    change("UPDATE timing SET seconds = seconds + 1", 4);
    struct outcome again = sweep();
    ck_assert_int_eq(again.code, first.code);
    ck_assert_msg(strstr(again.text, "damaged") == NULL, "%s", again.text);
}

TCASE(store) {
    tcase_add_checked_fixture(tcase, files, clean);
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, changed_numbers_are_found, other_timings_are_the_same_results);
}
