/* The frame with an experiment of its own: parameters, results, verdicts, files. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/record.h"
#include "experiments/frame/run/run.h"
#include "sim/base/file.h"
#include "tests/folder.h"
#include "tests/frame/cells.h"
#include "tests/support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum attndyn_status toy_run(struct attndyn_context *ctx, const struct params *params,
                                   struct results *results) {
    double x = param_real(params, "x");
    for (long i = 0; i < param_int(params, "n"); i++)
        ATTNDYN_TRY(EMIT_CELLS(ctx, results, "rows", I(i), R(x * (double)i), S("a \"b\", c")));
    ATTNDYN_TRY(results_emit_state(ctx, results, "x", &x, 1));
    return results_scalar(ctx, results, "last", x);
}

static enum attndyn_status toy_check(struct attndyn_context *ctx, const struct params *params,
                                     const struct results *results, struct verdict *verdict) {
    (void)ctx, (void)params;
    return verdict_at_most(verdict, results_scalar_value(results, "last"), 2, "last is %s", "x");
}

static const struct experiment toy = {
    .id = "test/toy",
    .title = "toy",
    .source = "none",
    .doc = "doc",
    .params =
        (const struct param[]){
            {.name = "x",
             .type = PARAM_REAL,
             .initial = "1.5",
             .min = -10,
             .max = 10,
             .doc = "a number"},
            {.name = "n", .type = PARAM_INT, .initial = "3", .min = 0, .max = 0, .doc = "how many"},
            {.name = "kind",
             .type = PARAM_CHOICE,
             .initial = "red",
             .choices = "red|blue",
             .doc = "kind",
             .was = "sort|colour",
             .was_choices = "|azure"},
            {.name = "list",
             .type = PARAM_REALS,
             .initial = "1,2.5",
             .min = 0,
             .max = 5,
             .doc = "a list"},
            {.name = "flag",
             .type = PARAM_BOOL,
             .initial = "false",
             .min = 0,
             .max = 0,
             .doc = "a flag"},
            {.name = "file",
             .type = PARAM_FILE,
             .initial = "",
             .min = 0,
             .max = 0,
             .doc = "a file"},
            {0}},
    .presets = (const struct preset[]){{"quick", "n=2", "short"}, {0}},
    .tables =
        (const struct table[]){
            {"rows", "rows",
             (const struct column[]){
                 {.name = "i", .type = COLUMN_INT, .doc = "i", .optional = false},
                 {.name = "v", .type = COLUMN_REAL, .doc = "v", .optional = false},
                 {.name = "t", .type = COLUMN_TEXT, .doc = "t", .optional = false},
                 {0}}},
            {the_state_table, the_state_doc, the_state_columns},
            {0}},
    .scalars = (const struct scalar[]){{.name = "last", .doc = "last", .optional = false}, {0}},
    .checks = (const struct check *const[]){&(const struct check){.id = "T.small",
                                                                  .statement = "x is small",
                                                                  .source = "here",
                                                                  .fails_if = "x > 2",
                                                                  .evaluate = toy_check},
                                            NULL},
    .run = toy_run,
};

static struct attndyn_context *ctx;
static struct params *params;

static void setup(void) {
    ctx = attndyn_context_create();
    assert_ok(ctx, params_create(ctx, &toy, "quick", &params));
}
static void teardown(void) {
    attndyn_context_free(ctx);
}

static void refused(const char *assignment, const char *because) {
    ck_assert_int_eq(params_set(ctx, params, assignment, "test"), ATTNDYN_USAGE);
    ck_assert_msg(strstr(attndyn_message(ctx), because) != NULL, "%s: message '%s' lacks '%s'",
                  assignment, attndyn_message(ctx), because);
}

TEST(values_are_parsed) {
    assert_ok(ctx, params_set(ctx, params, "x=-1e-3", "test"));
    assert_ok(ctx, params_set(ctx, params, " n = 1e3 ", "test"));
    assert_ok(ctx, params_set(ctx, params, "kind=blue", "test"));
    assert_ok(ctx, params_set(ctx, params, "list=0.1,0.2,5", "test"));
    assert_ok(ctx, params_set(ctx, params, "flag=true", "test"));
    assert_ok(ctx, params_set(ctx, params, "file=/tmp/a b=c", "test"));
    assert_near(param_real(params, "x"), -1e-3, 0);
    ck_assert_int_eq(param_int(params, "n"), 1000);
    ck_assert_str_eq(param_text(params, "kind"), "blue");
    size_t count;
    const double *list = param_reals(params, "list", &count);
    ck_assert_uint_eq(count, 3);
    assert_near(list[1], 0.2, 0);
    ck_assert(param_bool(params, "flag"));
    ck_assert_str_eq(param_text(params, "file"), "/tmp/a b=c");
    ck_assert_str_eq(param_value_text(params, "list"), "0.1,0.2,5");
}

TEST(former_names_are_taken) {
    assert_ok(ctx, params_set(ctx, params, "colour=azure", "test"));
    ck_assert_str_eq(param_value_text(params, "kind"), "blue");
    assert_ok(ctx, params_set(ctx, params, "sort=red", "test"));
    ck_assert_str_eq(param_value_text(params, "kind"), "red");
    ck_assert_str_eq(params_named(&toy, "colour", "test")->name, "kind");
    ck_assert_ptr_null(params_named(&toy, "sort|colour", "test"));
    ck_assert_ptr_null(params_named(&toy, "", "test"));
    refused("kind=", "one of red|blue");
    refused("colour=azur", "one of red|blue");
    refused("sor=red", "has no parameter 'sor'");
}

TEST(bad_values_are_refused) {
    refused("x=11", "finite number in [-10, 10]");
    refused("x=nan", "expected a finite number");
    refused("x=inf", "expected a finite number");
    refused("x=1 2", "expected a finite number");
    refused("x=0x10", "expected a finite number");
    refused("x=", "expected a finite number");
    refused("n=-1", "an integer >= 0");
    refused("n=1.5", "an integer");
    refused("n=1e300", "an integer");
    refused("kind=re", "one of red|blue");
    refused("list=1,,2", "finite numbers");
    refused("list=1,6", "finite numbers");
    refused("flag=yes", "true or false");
    refused("y=1", "did you mean 'x'");
    refused("kinds=red", "did you mean 'kind'");
    refused("x", "no key=value");
    refused("file=a\nb", "one line");
    char *million = malloc(1000003);
    memset(million, '7', 1000002);
    million[0] = 'x', million[1] = '=', million[1000002] = '\0';
    refused(million, "expected a finite number");
    free(million);
}

TEST(conf_files_round_trip) {
    assert_ok(ctx, params_set(ctx, params, "x=0.1", "test"));
    char path[] = "/tmp/attndyn-conf-XXXXXX";
    int fd = mkstemp(path);
    FILE *to = fdopen(fd, "w");
    params_write(params, to);
    fclose(to);
    struct params *again;
    assert_ok(ctx, params_create(ctx, &toy, NULL, &again));
    assert_ok(ctx, params_read(ctx, again, path));
    assert_near(param_real(again, "x"), 0.1, 0);
    ck_assert_int_eq(param_int(again, "n"), 2);
    to = fopen(path, "w");
    fputs("# comment\n\nx = 2\nz = 3\n", to);
    fclose(to);
    ck_assert_int_eq(params_read(ctx, again, path), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), ":4: test/toy has no parameter 'z'"));
    unlink(path);
    ck_assert_int_eq(params_read(ctx, again, path), ATTNDYN_NO_INPUT);
}

TEST(unknown_presets_are_refused) {
    struct params *other;
    ck_assert_int_eq(params_create(ctx, &toy, "quik", &other), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "did you mean 'quick'"));
}

TEST(results_refuse_non_finite) {
    struct results *results;
    assert_ok(ctx, results_create(ctx, &toy, &results));
    assert_ok(ctx, EMIT_CELLS(ctx, results, "rows", I(0), R(1), S("x")));
    ck_assert_int_eq(EMIT_CELLS(ctx, results, "rows", I(0), R(NAN), S("x")), ATTNDYN_RUN_FAILED);
    ck_assert_int_eq(EMIT_CELLS(ctx, results, "rows", I(0), R(INFINITY), S("x")),
                     ATTNDYN_RUN_FAILED);
    ck_assert_int_eq(results_scalar(ctx, results, "last", NAN), ATTNDYN_RUN_FAILED);
    ck_assert_uint_eq(results_rows(results, "rows"), 1);
    assert_near(results_real(results, "rows", 0, "v"), 1, 0);
}

TEST(verdicts_fail_on_nan) {
    struct verdict v;
    verdict_at_most(&v, NAN, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_FAILS);
    verdict_at_least(&v, NAN, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_FAILS);
    verdict_at_least(&v, -INFINITY, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_FAILS);
    verdict_at_least(&v, INFINITY, 1, "x"); /* the smallest of nothing (check.h) */
    ck_assert_int_eq(v.kind, VERDICT_SKIPPED);
    verdict_erratum(&v, INFINITY, 1, 0, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_FAILS);
    verdict_near(&v, NAN, 1, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_FAILS);
    verdict_erratum(&v, NAN, 1, 0, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_FAILS);
    verdict_erratum(&v, 2, 1, NAN, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_FAILS);
    verdict_erratum(&v, 2, 1, 0.5, 1, "x");
    ck_assert_int_eq(v.kind, VERDICT_ERRATUM);
    verdict_near(&v, 1.04, 1, 0.05, "x");
    ck_assert_int_eq(v.kind, VERDICT_HOLDS);
    assert_near(v.margin, 0.2, 1e-12);
}

TEST(a_run_writes_its_folder) {
    char folder[64];
    folder_make(folder, "run");
    const struct run_request request = {.experiment = &toy, .preset = "quick"};
    struct run run;
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    assert_ok(ctx, run_compute(ctx, &run));
    ck_assert_int_eq(run.verdicts[0].kind, VERDICT_HOLDS);
    bool found;
    assert_ok(ctx, run_read(ctx, &run, folder, &found));
    ck_assert(!found);
    assert_ok(ctx, run_write(ctx, &run, folder));
    assert_ok(ctx, run_read(ctx, &run, folder, &found));
    ck_assert(found);
    ck_assert_str_eq(file_text(ctx, within("rows.csv")),
                     "i,v,t\n0,0,\"a \"\"b\"\", c\"\n1,1.5,\"a \"\"b\"\", c\"\n");
    ck_assert_str_eq(file_text(ctx, within("state.csv")), "quantity,index,value\nx,0,1.5\n");
    folder_remove(folder, "*");
}

/* Every allocation of a run fails once: a clean status, no leak (seen by the sanitizers). */
TEST(every_allocation_may_fail) {
    const struct run_request request = {.experiment = &toy, .preset = "quick"};
    uint64_t n = 0;
    for (enum attndyn_status status = ATTNDYN_NO_MEMORY; status != ATTNDYN_OK;) {
        struct attndyn_context *fresh = attndyn_context_create();
        attndyn_fail_allocation(fresh, ++n);
        struct run run;
        status = run_prepare(fresh, &request, &run);
        if (!status) status = run_compute(fresh, &run);
        ck_assert(status == ATTNDYN_OK || status == ATTNDYN_NO_MEMORY);
        attndyn_context_free(fresh);
    }
    ck_assert_uint_ge(n, 20);
}

/* What holds of every experiment: unique ids, a quick preset that parses, checks with a claim and a
 * statement of how they fail. */
TEST(registry_keeps_the_contract) {
    for (size_t i = 0; i < registry_count(); i++) {
        const struct experiment *e = registry_at(i);
        const struct run_request request = {.experiment = e, .preset = "quick"};
        struct run run;
        assert_ok(ctx, run_prepare(ctx, &request, &run));
        for (const struct preset *p = e->presets; p->name; p++)
            assert_ok(ctx, params_create(ctx, e, p->name, &params));
        ck_assert_msg(e->scalars && e->scalars->name, "%s has no scalar that a sweep could draw",
                      e->id);
        EACH_CHECK (e, c) {
            ck_assert_msg(c->statement && (c->source || c->about) && c->fails_if && c->evaluate,
                          "%s", c->id);
            for (size_t k = 0; k < i; k++)
                EACH_CHECK (registry_at(k), d)
                    ck_assert_msg(strcmp(c->id, d->id) != 0, "check id %s stands twice", c->id);
        }
    }
}

TEST(names_are_suggested) {
    ck_assert_uint_eq(names_distance("kitten", "sitting"), 3);
    ck_assert_uint_eq(names_distance("", "abc"), 3);
}

TCASE(frame) {
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, values_are_parsed, former_names_are_taken, bad_values_are_refused,
                    conf_files_round_trip, unknown_presets_are_refused, results_refuse_non_finite,
                    verdicts_fail_on_nan, a_run_writes_its_folder, every_allocation_may_fail,
                    registry_keeps_the_contract, names_are_suggested);
}
