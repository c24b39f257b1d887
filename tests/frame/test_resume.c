/* Long runs: an experiment that is stopped anywhere and taken up again. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/run/csv.h"
#include "experiments/frame/run/folder.h"
#include "experiments/frame/run/run.h"
#include "sim/base/file.h"
#include "tests/folder.h"
#include "tests/frame/cells.h"
#include "tests/frame/starved_json.h"
#include "tests/support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In place of the C library's: the process is killed before it changes a folder for the n-th
 * time. */
static long killed_before; /* 0: never */
static void count_change(void) {
    if (killed_before && --killed_before == 0) raise(SIGKILL);
}
int rename(const char *from, const char *to) {
    count_change();
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}
int unlink(const char *path) {
    count_change();
    return unlinkat(AT_FDCWD, path, 0);
}

/* Where the run is stopped, and how; set by the tests. */
static long stop_at, stop_in_save;
static enum attndyn_status stop_with;
static long started_at;
static long starve_at; /* jansson's allocation that fails in the first save; 0: none */
static bool was_starved;

/* The logistic map: its checkpoint is "step state progress". */
static enum attndyn_status save(struct attndyn_context *ctx, struct results *results, long step,
                                double x) {
    struct attndyn_file file;
    char *progress;
    if (!results_checkpoint(results)) return ATTNDYN_OK;
    starve_json(starve_at);
    enum attndyn_status status = results_flush(ctx, results, &progress);
    was_starved |= json_was_starved();
    starve_json(starve_at = 0);
    ATTNDYN_TRY(status);
    if (step == stop_in_save) return attndyn_fail(ctx, ATTNDYN_RUN_FAILED, "stopped");
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, results_checkpoint(results)));
    fprintf(file.stream, "%ld %.17g %s", step, x, progress);
    return attndyn_file_commit(ctx, &file);
}

static enum attndyn_status load(struct attndyn_context *ctx, struct results *results, long *step,
                                double *x) {
    char *text, *at;
    size_t length;
    if (!results_resuming(results) || access(results_checkpoint(results), F_OK) != 0)
        return ATTNDYN_OK;
    ATTNDYN_TRY(attndyn_file_read(ctx, results_checkpoint(results), &text, &length));
    long held = strtol(text, &at, 10);
    double state = strtod(at, &at);
    ATTNDYN_TRY(results_restore(ctx, results, at + 1));
    *step = held;
    *x = state;
    return ATTNDYN_OK;
}

static enum attndyn_status map_run(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results) {
    static const char *const words[] = {"plain", "a \"b\", c", "", "two\nlines", "\"", ",", "\"\""};
    double x = param_real(params, "x");
    long step = 0;
    ATTNDYN_TRY(results_note(ctx, results, "begun at %g", x));
    ATTNDYN_TRY(load(ctx, results, &step, &x));
    started_at = step;
    for (;; step++) {
        if (results_due(results)) ATTNDYN_TRY(save(ctx, results, step, x));
        if (step == param_int(params, "steps")) break;
        if (step == 2) ATTNDYN_TRY(results_scalar(ctx, results, "second", x / 3));
        ATTNDYN_TRY(EMIT_CELLS(ctx, results, "rows", I(step - 3), R(step % 3 ? x / 3 : NAN),
                               S(words[step % 7]), R(step ? -x * 1e-300 : -0.0)));
        if (step == stop_at)
            return attndyn_fail(ctx, stop_with ? stop_with : ATTNDYN_RUN_FAILED, "stopped");
        x = 3.9 * x * (1 - x);
    }
    return results_scalar(ctx, results, "last", x);
}

static enum attndyn_status map_check(struct attndyn_context *ctx, const struct params *params,
                                     const struct results *results, struct verdict *verdict) {
    (void)ctx, (void)params;
    return verdict_at_most(verdict, results_scalar_value(results, "last"), 1, "last");
}

static const struct experiment map = {
    .id = "test/map",
    .title = "map",
    .source = "none",
    .doc = "doc",
    .params =
        (const struct param[]){
            {.name = "x", .type = PARAM_REAL, .initial = "0.3", .min = 0, .max = 1, .doc = "start"},
            {.name = "steps",
             .type = PARAM_INT,
             .initial = "20",
             .min = 0,
             .max = 0,
             .doc = "how many"},
            {0}},
    .presets = (const struct preset[]){{"quick", "", "short"}, {0}},
    .tables =
        (const struct table[]){
            {"rows", "rows",
             (const struct column[]){
                 {.name = "i", .type = COLUMN_INT, .doc = "i", .optional = false},
                 {.name = "v", .type = COLUMN_REAL, .doc = "v", .optional = true},
                 {.name = "t", .type = COLUMN_TEXT, .doc = "t", .optional = false},
                 {.name = "w,w", .type = COLUMN_REAL, .doc = "w", .optional = false},
                 {0}}},
            {the_state_table, the_state_doc, the_state_columns},
            {0}},
    .scalars = (const struct scalar[]){{.name = "last", .doc = "last", .optional = false},
                                       {.name = "second", .doc = "at step 2", .optional = true},
                                       {0}},
    .checks = (const struct check *const[]){&(const struct check){.id = "T.map",
                                                                  .statement = "stays",
                                                                  .source = "here",
                                                                  .fails_if = "last > 1",
                                                                  .evaluate = map_check},
                                            NULL},
    .run = map_run,
};

TESTS_WITH_A_FOLDER("resume", "*");

static void never_stopped(void) {
    stop_at = stop_in_save = -1;
    stop_with = ATTNDYN_OK;
}

/* One run in the folder's subfolder `name`, saving at every step. */
static enum attndyn_status go(const char *name, bool resume, char *assignment) {
    struct run run;
    char *const assignments[] = {assignment};
    const struct run_request request = {
        .experiment = &map, .assignments = assignments, .n_assignments = assignment != NULL};
    char *path = within(name);
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    assert_ok(ctx, folder_writable(ctx, path));
    run.folder = path;
    run.resume = resume;
    ATTNDYN_TRY(run_compute(ctx, &run));
    return run_write(ctx, &run, path);
}

TEST(stopped_anywhere) {
    assert_ok(ctx, go("whole", false, NULL));
    for (long at = 0; at < 20; at++) {
        char *name = attndyn_format(ctx, "cut%ld", at);
        stop_at = at;
        ck_assert_int_eq(go(name, false, NULL), ATTNDYN_RUN_FAILED);
        stop_at = at + 3; /* stopped a second time */
        if (at + 3 < 20) ck_assert_int_eq(go(name, true, NULL), ATTNDYN_RUN_FAILED);
        stop_at = -1;
        assert_ok(ctx, go(name, true, NULL));
        ck_assert_int_eq(started_at, at + 3 < 20 ? at + 3 : at);
        folder_same(folder, "whole", name);
    }
}

/* Killed between the tables and the checkpoint: rows beyond the checkpoint's are cut off. */
TEST(later_rows_are_cut) {
    assert_ok(ctx, go("whole", false, NULL));
    stop_at = 8;
    ck_assert_int_eq(go("cut", false, NULL), ATTNDYN_RUN_FAILED);
    char *temporary = attndyn_file_temporary(ctx, "cut/rows.csv");
    strrchr(temporary, '.')[1] = '\0'; /* a lock of a process that has ended */
    folder_does(folder,
                "printf '99,1,zz,5\\n100,' >> cut/rows.csv && echo '{' > cut/run.json && "
                "touch '%s999999999'",
                temporary);
    stop_at = -1;
    assert_ok(ctx, go("cut", true, NULL));
    ck_assert_int_eq(started_at, 8);
    folder_same(folder, "whole", "cut");
}

TEST(other_parameters_are_refused) {
    stop_at = 8;
    ck_assert_int_eq(go("cut", false, NULL), ATTNDYN_RUN_FAILED);
    stop_at = -1;
    ck_assert_int_eq(go("cut", true, (char[]){"x=0.4"}), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "it has 'x = 0.3', asked for is 'x = 0.4'"));
    /* Without --resume the folder is taken. */
    assert_ok(ctx, go("cut", false, (char[]){"x=0.4"}));
    assert_ok(ctx, go("whole", false, (char[]){"x=0.4"}));
    folder_same(folder, "whole", "cut");
}

/* A run that is started anew does not leave another's checkpoint beside its own tables, even where
 * it is killed before it writes one. */
TEST(anew) {
    stop_at = 8;
    ck_assert_int_eq(go("cut", false, NULL), ATTNDYN_RUN_FAILED);
    stop_at = -1;
    stop_in_save = 0;
    ck_assert_int_eq(go("cut", false, (char[]){"x=0.4"}), ATTNDYN_RUN_FAILED);
    stop_in_save = -1;
    assert_ok(ctx, go("cut", true, (char[]){"x=0.4"}));
    ck_assert_int_eq(started_at, 0);
    assert_ok(ctx, go("whole", false, (char[]){"x=0.4"}));
    folder_same(folder, "whole", "cut");
}

/* A run without memory for its progress ends, or saves all of it. */
TEST(starved) {
    assert_ok(ctx, go("whole", false, NULL));
    long failures = 0;
    for (long n = 1;; n++) {
        starve_at = n;
        was_starved = false;
        stop_at = 0;
        enum attndyn_status status = go("cut", false, NULL);
        stop_at = -1;
        failures += status == ATTNDYN_NO_MEMORY;
        if (status != ATTNDYN_NO_MEMORY) ck_assert_int_eq(status, ATTNDYN_RUN_FAILED);
        if (!was_starved) break;
        assert_ok(ctx, go("cut", true, NULL));
        folder_same(folder, "whole", "cut");
    }
    ck_assert_int_gt(failures, 10);
}

/* Killed between tables and checkpoint at every save. */
TEST(stopped_in_a_save) {
    assert_ok(ctx, go("whole", false, NULL));
    for (long at = 1; at <= 20; at++) {
        char *name = attndyn_format(ctx, "cut%ld", at);
        stop_in_save = at;
        ck_assert_int_eq(go(name, false, NULL), ATTNDYN_RUN_FAILED);
        stop_in_save = -1;
        assert_ok(ctx, go(name, true, NULL));
        ck_assert_int_eq(started_at, at - 1);
        folder_same(folder, "whole", name);
    }
}

/* A run that is taken up and killed again, before each change of its folder in turn: what stands
 * there can be taken up at any time. (A resumed run once removed its tables before it wrote them
 * anew.) */
TEST(killed_while_taken_up) {
    char *const steps = (char[]){"steps=6"};
    assert_ok(ctx, go("whole", false, steps));
    stop_at = 4;
    ck_assert_int_eq(go("stopped", false, steps), ATTNDYN_RUN_FAILED);
    stop_at = -1;
    long kills = 0;
    for (bool killed = true; killed; kills += killed) {
        char *name = attndyn_format(ctx, "cut%ld", kills);
        folder_does(folder, "cp -r stopped %s", name);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            killed_before = kills + 1;
            _exit(go(name, true, steps) == ATTNDYN_OK ? 0 : 1);
        }
        int how;
        ck_assert_int_eq(waitpid(child, &how, 0), child);
        killed = WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
        ck_assert(killed || (WIFEXITED(how) && WEXITSTATUS(how) == 0));
        enum attndyn_status status = go(name, true, steps);
        ck_assert_msg(status == ATTNDYN_OK, "killed before change %ld: %s", kills + 1,
                      attndyn_message(ctx));
        ck_assert_msg(started_at >= 4, "killed before change %ld: begun anew", kills + 1);
        folder_same(folder, "whole", name);
    }
    /* three saves of two tables, parameters and checkpoint, and the end's files, at the least */
    ck_assert_int_gt(kills, 12);
}

static const struct {
    const char *edit;
    enum attndyn_status status;
    const char *says;
} damages[] = {
    {"sed -i '4,$d' rows.csv", ATTNDYN_NO_INPUT, "row 3, column i: not as the run wrote it"},
    {"sed -i 's/w,w/w/' rows.csv", ATTNDYN_NO_INPUT, "row 0, column w,w"},
    {"sed -i 's/^-2,/-2x,/' rows.csv", ATTNDYN_NO_INPUT, "column i"},
    {"sed -i 's/^-2,/-2,,/' rows.csv", ATTNDYN_NO_INPUT, "column"},
    {"sed -i 's/^-2,[^,]*,/-2,inf,/' rows.csv", ATTNDYN_NO_INPUT, "column v"},
    {"sed -i 's/-0$//' rows.csv", ATTNDYN_NO_INPUT, "row 1, column w,w"},
    {"sed -i 's/\"a/\"a\"/' rows.csv", ATTNDYN_NO_INPUT, "column t"},
    {"sed -i 's/^-2,/-3,/' rows.csv", ATTNDYN_NO_INPUT, "rows.csv is damaged"},
    {"sed -i 's/\"files\"/\"f\"/' checkpoint.safetensors", ATTNDYN_NO_INPUT, "no rows"},
    {"rm rows.csv", ATTNDYN_NO_INPUT, "cannot read"},
    {": > state.csv", ATTNDYN_NO_INPUT, "row 0, column quantity"},
    {"sed -i 's/\"rows\":8/\"rows\":-8/' checkpoint.safetensors", ATTNDYN_NO_INPUT, "no rows"},
    {"sed -i 's/\"notes\"/\"n\"/' checkpoint.safetensors", ATTNDYN_NO_INPUT, "no notes"},
    {"sed -i 's/{.*/{/' checkpoint.safetensors", ATTNDYN_NO_INPUT, "no JSON"},
    {"sed -i 's/gsl [0-9]/gsl 9/' checkpoint.safetensors", ATTNDYN_USAGE,
     "was saved by another build (gsl '9."},
    {"sed -i 's/\"build\"/\"b\"/' checkpoint.safetensors", ATTNDYN_NO_INPUT, "no build"},
};

TEST(damage_is_named) {
    stop_at = 8;
    ck_assert_int_eq(go("cut", false, NULL), ATTNDYN_RUN_FAILED);
    folder_does(folder, "cd cut && %s", damages[_i].edit);
    stop_at = -1;
    ck_assert_int_eq(go("cut", true, NULL), damages[_i].status);
    const char *message = attndyn_message(ctx);
    ck_assert_msg(strstr(message, damages[_i].says) != NULL, "%s", message);
}

TEST(nothing_to_resume) {
    assert_ok(ctx, go("a", true, NULL));
    ck_assert_int_eq(started_at, 0);
    assert_ok(ctx, go("b", false, NULL));
    folder_same(folder, "a", "b");
    /* verify and sweeps have no folder, so nothing is saved. */
    struct run run;
    const struct run_request request = {.experiment = &map};
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    run.resume = true;
    assert_ok(ctx, run_compute(ctx, &run));
    ck_assert_ptr_null(results_checkpoint(run.results));
    ck_assert(!results_resuming(run.results));
}

TCASE(resume) {
    in_a_folder(tcase, 240); /* it waits for the disk, which others may use */
    tcase_add_checked_fixture(tcase, never_stopped, NULL);
    tcase_add_tests(tcase, stopped_anywhere, later_rows_are_cut, other_parameters_are_refused, anew,
                    starved, stopped_in_a_save, killed_while_taken_up);
    tcase_add_each(tcase, damage_is_named, damages);
    tcase_add_test(tcase, nothing_to_resume);
}
