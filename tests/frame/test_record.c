/* Records without memory: whole, with the bytes they should have, or a status and no file. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/contract/results_private.h"
#include "experiments/frame/run/record.h"
#include "sim/base/file.h"
#include "tests/folder.h"
#include "tests/frame/starved_json.h"
#include "tests/support.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TESTS_WITH_A_FOLDER("record", "*");

static char path[128];
static struct run run;

static void write_a_run(void) {
    gsl_set_error_handler_off(); /* as the program does */
    struct run_request request = {.tolerance_scale = 2, .preset = "quick"};
    assert_ok(ctx, registry_find(ctx, "joma/isotropic", &request.experiment));
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    assert_ok(ctx, run_compute(ctx, &run));
    assert_ok(ctx, run_write(ctx, &run, folder));
    /* something of each kind */
    ck_assert(run.results->n_solvers && run.results->n_scalars && run.results->n_tables);
}

static enum attndyn_status write_run(void) {
    return record_write_run(ctx, &run, folder);
}
static enum attndyn_status write_verdicts(void) {
    return record_write_verdicts(ctx, &run, 1, 2, path);
}
static enum attndyn_status write_list(void) {
    struct record_check_of list[64];
    size_t count = 0;
    EACH_CHECK (run.experiment, c)
        if (count < 64) list[count++] = (struct record_check_of){run.experiment, c};
    return record_write_list(ctx, list, count, path);
}

static void every_allocation(enum attndyn_status (*write)(void), const char *name) {
    char *expected, *text;
    size_t expected_length, length;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(ctx, write());
    assert_ok(ctx, attndyn_file_read(ctx, path, &expected, &expected_length));
    long failures = 0;
    for (long n = 1;; n++) {
        ck_assert_int_eq(remove(path), 0);
        starve_json(n);
        enum attndyn_status status = write();
        bool starved = json_was_starved();
        starve_json(0);
        if (status) {
            ck_assert_int_eq(status, ATTNDYN_NO_MEMORY);
            ck_assert_msg(access(path, F_OK) != 0, "%s stands after allocation %ld", name, n);
            failures++;
            assert_ok(ctx, write());
        }
        assert_ok(ctx, attndyn_file_read(ctx, path, &text, &length));
        ck_assert_msg(length == expected_length && memcmp(text, expected, length) == 0,
                      "%s has other bytes after allocation %ld", name, n);
        attndyn_free(ctx, text);
        if (!starved) break;
    }
    ck_assert_int_gt(failures, 10);
}

TEST(records_without_memory) {
    every_allocation(write_run, "run.json");
    every_allocation(write_verdicts, "verdicts.json");
    every_allocation(write_list, "list.json");
}

TCASE(record) {
    in_a_folder(tcase, 60);
    tcase_add_checked_fixture(tcase, write_a_run, NULL);
    tcase_add_test(tcase, records_without_memory);
}
