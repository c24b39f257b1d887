/* What is refused when the program starts, and rows that were not filled in: experiments of this
 * file, each with one thing wrong. */
#include "experiments/frame/contract/conditions.h"
#include "experiments/frame/contract/sound.h"
#include "experiments/frame/contract/typed.h"
#include "tests/support.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TOY(X)                                                                                     \
    X(INT, n, "3", "how many")                                                                     \
    X(CHOICE, method, "adams", "integrator")                                                       \
    X(BOOL, beside, "false", "more")                                                               \
    X(TEXT, text, "", "a file")                                                                    \
    X(REAL, rtol, "1", "tolerance")
#define METHODS(C) C(method_adams, "adams") C(method_euler, "euler") C(method_rk4, "rk4")
CHOICES(method, METHODS)
PARAMS(toy, TOY)
#define ROWS_OF_TOY(X) X(INT, count, "") X(REAL, value, "") X(OPTIONAL, maybe, "") X(TEXT, name, "")
TABLE(rows, ROWS_OF_TOY, "")
#define FOUND(X) X(REAL, must, "") X(OPTIONAL, may, "")
SCALARS(found, FOUND)
#define ENDS(N) N(w) N(absent) N(z)
STATES(ends, ENDS)

#define PARAMETERS toy
CLAIM(first, "TOY.first", DERIVED, "x is 1.", "it is {percent} off", .bound = 0.1) {
    return verdict_at_most(v, 0, v->bound, "x");
}
CLAIM(second, "TOY.second", DERIVED, "e^{-z} and e^{sx} of {1, 2}.", "never") {
    return verdict_at_most(v, 0, 1, "x");
}
CLAIM(same, "TOY.first", DERIVED, "x.", "y") {
    return verdict_at_most(v, 0, 1, "x");
}
CLAIM(misspelt, "TOY.misspelt", DERIVED, "x.", "off by {percnt}", .bound = 0.1) {
    return verdict_at_most(v, 0, v->bound, "x");
}
CLAIM(alone, "TOY.alone", DERIVED, "x.", "off by {bound}, or {beside}", .bound = 0.1) {
    return verdict_at_most(v, 0, v->bound, "x");
}
CLAIM(boundless, "TOY.boundless", DERIVED, "x.", "off by {bound}") {
    return verdict_at_most(v, 0, 1, "x");
}

static struct attndyn_context *ctx;
static struct param params[6];
static const struct preset quick[] = {{"quick", "", ""}, {0}}, slow[] = {{"slow", "", ""}, {0}};
static const struct experiment sound = {.id = "toys/sound",
                                        .params = params,
                                        .presets = quick,
                                        .tables = TABLES(rows, the_state),
                                        .scalars = found_list,
                                        .checks =
                                            (const struct check *const[]){&first, &second, NULL}};

static void set_up(void) {
    ctx = attndyn_context_create();
    memcpy(params, toy_params, sizeof params);
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

static void says(const struct experiment *e, const char *expected) {
    const struct experiment *const all[] = {&sound, e};
    const char *const paths[] = {"toys/sound", "toys/other"};
    ck_assert_int_eq(sound_check(ctx, all, paths, 2), expected ? ATTNDYN_RUN_FAILED : ATTNDYN_OK);
    if (expected) ck_assert_msg(strstr(attndyn_message(ctx), expected), "%s", attndyn_message(ctx));
    attndyn_message_clear(ctx);
}

TEST(structs_are_looked_at) {
    struct experiment e = sound;
    e.id = "toys/other", e.checks = NULL;
    says(&e, NULL);
    e.id = "toys/others";
    says(&e, "'toys/others' stands at the path of 'toys/other'");
    e.id = "toys/other", e.presets = slow;
    says(&e, "'toys/other' has no preset named quick");
    e.presets = NULL;
    says(&e, "no preset named quick");
    e.presets =
        (const struct preset[]){{"quick", "n=3 rtol=0.5", ""}, {"long", "n=4 rtl=1", ""}, {0}};
    says(&e, "toys/other: its preset long sets 'rtl': there is no such parameter");
    e.presets = (const struct preset[]){{"quick", "", ""}, {"quick", "n=4", ""}, {0}};
    says(&e, "toys/other: a table, preset or figure named quick stands twice");
    e.presets = quick, e.tables = TABLES(rows, the_state, rows);
    says(&e, "named rows stands twice");
    e.tables = sound.tables, e.figures = (const struct figure[]){{"f", "", ""}, {"f", "", ""}, {0}};
    says(&e, "named f stands twice");
    e.figures = NULL, e.checks = (const struct check *const[]){&same, NULL};
    says(&e, "'TOY.first' stands twice: in 'toys/sound' and in 'toys/other'");
    e.checks = (const struct check *const[]){&misspelt, NULL};
    says(&e, "'TOY.misspelt' of 'toys/other': expected {bound}, {percent} or {beside}");
    e.checks = (const struct check *const[]){&alone, NULL};
    says(&e, "'TOY.alone' of 'toys/other': expected {bound}, {percent} or {beside}");
    e.checks = (const struct check *const[]){&boundless, NULL};
    says(&e, "'TOY.boundless' of 'toys/other': expected {bound}, {percent} or {beside}");
}

TEST(conditions_are_looked_at) {
    static const char *const bad[][2] = {
        {"methd=euler", "rtol has an effect only with 'methd=euler': there is no such parameter"},
        {"method=euler|rk5", "'method=euler|rk5': it has no such value"},
        {"text or beside=yes", "'beside=yes': it has no such value"},
        {"text rtol", "'rtol': that is the parameter itself"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        params[4].only = bad[i][0];
        const struct experiment *const all[] = {&sound};
        const char *const paths[] = {"toys/sound"};
        ck_assert_int_eq(sound_check(ctx, all, paths, 1), ATTNDYN_RUN_FAILED);
        ck_assert_msg(strstr(attndyn_message(ctx), bad[i][1]), "%s", attndyn_message(ctx));
        attndyn_message_clear(ctx);
    }
    params[4].only = "method=euler|rk4 or text= beside=true or n=3";
    says(&(const struct experiment){.id = "toys/other", .presets = quick}, NULL);
}

/* Conditions on one line, what is given, whether it is met, how it is said, what is refused. */
TEST(or_binds_tighter_than_and) {
    static const struct {
        const char *only, *given[2];
        bool met;
        const char *said, *refused;
    } cases[] = {
        {"method=euler",
         {NULL},
         false,
         "method=euler",
         "with method=adams: it has one with method"},
        {"method=euler|rk4", {"method=rk4"}, true, "method=euler|rk4", NULL},
        {"text", {NULL}, false, "text given", "with text=: it has one where text is given"},
        {"text or beside=true",
         {NULL},
         false,
         "text given or beside=true",
         "rtol has no effect with text= and beside=false: it has one where text is given or with "
         "beside=true; leave it out"},
        {"text or beside=true", {"beside=true"}, true, "text given or beside=true", NULL},
        {"text or beside=true", {"text=x"}, true, "text given or beside=true", NULL},
        {"method=adams text or beside",
         {"text=x"},
         true,
         "method=adams and (text given or beside given)",
         NULL},
        {"method=adams text or beside",
         {"text=x", "method=rk4"},
         false,
         "method=adams and (text given or beside given)",
         "with method=rk4: it has one with method=adams;"},
        {"text= or beside=true method=adams",
         {"text=x"},
         false,
         "(text left empty or beside=true) and method=adams",
         "with text=x and beside=false: it has one with text left empty or with beside=true;"},
        {"text= or beside=true method=adams",
         {"text=x", "beside=true"},
         true,
         "(text left empty or beside=true) and method=adams",
         NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct params *values;
        char said[200] = "";
        params[4].only = cases[i].only;
        assert_ok(ctx, params_create(ctx, &sound, NULL, &values));
        for (size_t k = 0; k < 2 && cases[i].given[k]; k++)
            assert_ok(ctx, params_set(ctx, values, cases[i].given[k], "test"));
        ck_assert_msg(condition_met(values, &params[4]) == cases[i].met, "%s", cases[i].only);
        FILE *to = fmemopen(said, sizeof said, "w");
        condition_put(to, cases[i].only);
        fclose(to);
        ck_assert_str_eq(said, cases[i].said);
        ck_assert_int_eq(condition_check(ctx, values, &params[4], NULL, NULL),
                         cases[i].met ? ATTNDYN_OK : ATTNDYN_USAGE);
        if (!cases[i].met)
            ck_assert_msg(strstr(attndyn_message(ctx), cases[i].refused), "%s",
                          attndyn_message(ctx));
        attndyn_message_clear(ctx);
    }
}

static const struct trial *trial(void) {
    static struct trial run;
    run = (struct trial){.ctx = ctx};
    assert_ok(ctx, results_create(ctx, &sound, &run.results));
    return &run;
}

/* A row in steps: what stays unfilled is empty, or fails the run. */
TEST(a_forgotten_field_is_not_zero) {
    const struct trial *run = trial();
    struct rows row = BLANK(rows);
    row.count = 2, row.value = 0.5, row.name = "x";
    assert_ok(ctx, EMIT_ROW(run, rows, &row));
    EACH_ROW (run, rows, r) ck_assert(r->count == 2 && isnan(r->maybe) && r->value == 0.5);
    row.value = BLANK(rows).value;
    ck_assert_int_eq(EMIT_ROW(run, rows, &row), ATTNDYN_RUN_FAILED);
    row.value = 1, row.count = BLANK(rows).count;
    ck_assert_int_eq(EMIT_ROW(run, rows, &row), ATTNDYN_RUN_FAILED);
    ck_assert_str_eq(attndyn_message(ctx), "table rows, row 1: count is no number");
    row = WHOLE(rows, .count = 1, .value = 2, .maybe = NAN, .name = "y");
    assert_ok(ctx, EMIT_ROW(run, rows, &row));
    ck_assert_uint_eq(ROWS(run, rows), 2);
    struct found found = BLANK(found);
    found.may = 1;
    ck_assert_int_eq(SET_ALL(run, found, &found), ATTNDYN_RUN_FAILED);
}

/* Numbers of the final state: in the order of their list, and only those that there are. */
TEST(numbers_of_the_state) {
    const struct trial *run = trial();
    assert_ok(ctx, KEEP(run, ends, .w = 2, .absent = NAN, .z = 3));
    ck_assert_uint_eq(results_rows(run->results, "state"), 2);
    ck_assert_str_eq(results_text(run->results, "state", 1, "quantity"), "z");
    ck_assert(ends_of(run).w == 2 && isnan(ends_of(run).absent) && ends_of(run).z == 3);
}

/* Those that only a programmer can cause abort. */
TEST(a_row_made_by_hand_aborts) {
    const struct rows row = {.count = 1, .value = 1, .name = "x"};
    (void)EMIT_ROW(trial(), rows, &row);
}
TEST(a_forgotten_text_aborts) {
    struct rows row = BLANK(rows);
    row.value = 1, row.count = 1;
    (void)EMIT_ROW(trial(), rows, &row);
}

TCASE(sound) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_tests(tcase, structs_are_looked_at, conditions_are_looked_at,
                    or_binds_tighter_than_and, a_forgotten_field_is_not_zero, numbers_of_the_state);
    tcase_add_test_raise_signal(tcase, a_row_made_by_hand_aborts, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_forgotten_text_aborts, SIGABRT);
}
