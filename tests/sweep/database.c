#include "tests/sweep/database.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>

void database_change(const char *folder, const char *name, const char *statements, int rows) {
    sqlite3 *db;
    char path[128], *message = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    int code = sqlite3_exec(db, statements, NULL, NULL, &message);
    ck_assert_msg(code == SQLITE_OK, "%s: %s", statements, message);
    ck_assert_int_eq(sqlite3_changes(db), rows);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
