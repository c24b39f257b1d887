/* A sweep's store in which single numbers were changed behind the program's back: SQLite finds the
 * file in order, so that the program itself must see it. */
#include "tests/cli/program.h"
#include "tests/support.h"
#include "tests/sweep/database.h"

#include <stdio.h>
#include <string.h>

TESTS_IN_A_FOLDER("store");

/* Three runs that end and one that fails: r may not be above the model's width. */
static struct outcome sweep(int code, const char *said) {
    return shell_ends(
        "$P sweep lowrank/memory shape=60M r=100,200,300,600 --store s.db --csv s.csv", code, said);
}

static void refused(const char *statement, int rows, const char *run) {
    char expected[64];
    folder_does(folder, "rm -f s.db s.csv");
    sweep(2, "1 of 4 runs failed");
    database_change(folder, "s.db", statement, rows);
    snprintf(expected, sizeof expected, "the row of run %s is damaged", run);
    sweep(74, expected);
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
    sweep(2, "");
    database_change(folder, "s.db", "UPDATE timing SET seconds = seconds + 1", 4);
    struct outcome again = sweep(2, "");
    ck_assert_msg(strstr(again.text, "damaged") == NULL, "%s", again.text);
}

TCASE(store) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, changed_numbers_are_found, other_timings_are_the_same_results);
}
