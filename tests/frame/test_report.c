/* The report's parts: equations, stories, runs read back. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/report/story.h"
#include "experiments/frame/report/tex.h"
#include "experiments/frame/run/run.h"
#include "tests/folder.h"
#include "tests/frame/cells.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TESTS_WITH_A_FOLDER("report", "*");

/* ------------------------------------------------------------------ equations */

static const struct {
    const char *tex, *mathml;
} set[] = {
    {"x", "<mi>x</mi>"},
    {"x_1^2", "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"},
    {"x^2_1", "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>"},
    {"e^{2z}", "<msup><mi>e</mi><mrow><mn>2</mn><mi>z</mi></mrow></msup>"},
    {"-a - b", "<mo form=\"prefix\">−</mo><mi>a</mi><mo>−</mo><mi>b</mi>"},
    {"a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"},
    {"1.5 \\le 2.", "<mn>1.5</mn><mo>≤</mo><mn>2</mn><mo separator=\"true\">.</mo>"},
    {"\\tfrac{1}{2}",
     "<mstyle displaystyle=\"false\"><mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn>"
     "</mrow></mfrac></mstyle>"},
    {"\\sqrt{2}", "<msqrt><mrow><mn>2</mn></mrow></msqrt>"},
    {"\\dot z", "<mover accent=\"true\"><mi>z</mi><mo stretchy=\"false\">˙</mo></mover>"},
    {"\\sum_k^n", "<munderover><mo>∑</mo><mi>k</mi><mi>n</mi></munderover>"},
    {"f'_k", "<msub><mrow><mi>f</mi><mo lspace=\"0\" rspace=\"0\">′</mo></mrow><mi>k</mi></msub>"},
    {"\\ln x", "<mi mathvariant=\"normal\">ln</mi><mspace width=\"0.17em\"></mspace><mi>x</mi>"},
    {"\\ln(x)", "<mi mathvariant=\"normal\">ln</mi><mo form=\"prefix\" stretchy=\"false\">(</mo>"
                "<mi>x</mi><mo form=\"postfix\" stretchy=\"false\">)</mo>"},
    {"\\left( x \\right]", "<mrow><mo form=\"prefix\">(</mo><mi>x</mi><mo form=\"postfix\">]</mo>"
                           "</mrow>"},
    {"\\operatorname{sr} G", "<mi mathvariant=\"normal\">sr</mi><mspace width=\"0.17em\"></mspace>"
                             "<mi>G</mi>"},
};

TEST(equations_become_mathml) {
    char *mathml;
    assert_ok(ctx, tex_to_mathml(ctx, set[_i].tex, false, &mathml));
    const char *row = strstr(mathml, "<mrow>"), *end = strstr(mathml, "</mrow><annotation");
    ck_assert(row && end);
    row += strlen("<mrow>");
    ck_assert_msg(strlen(set[_i].mathml) == (size_t)(end - row) &&
                      strncmp(row, set[_i].mathml, (size_t)(end - row)) == 0,
                  "%s became %.*s", set[_i].tex, (int)(end - row), row);
}

static const char *const wrong[] = {
    "\\nope x", "{x",    "x^", "\\frac{1}", "\\left( x", "\\left x \\right)",
    "x_1_2",    "a & b", "x}", "\\text x",  "x_1'"};

TEST(what_is_not_understood_is_refused) {
    char *mathml;
    ck_assert_int_eq(tex_to_mathml(ctx, wrong[_i], true, &mathml), ATTNDYN_RUN_FAILED);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "equation '"));
}

TEST(prose_holds_equations) {
    char *html;
    assert_ok(ctx, tex_prose(ctx, "a < b, $x$ & $y$.", &html));
    ck_assert_ptr_nonnull(strstr(html, "a &lt; b, <math><semantics><mrow><mi>x</mi></mrow>"));
    ck_assert_ptr_nonnull(strstr(html, "</math> &amp; <math>"));
    ck_assert_int_eq(tex_prose(ctx, "a $x", &html), ATTNDYN_RUN_FAILED);
}

/* ------------------------------------------------------------------ stories */

static const struct check *find_check(const char *id) {
    for (size_t i = 0; i < registry_count(); i++)
        EACH_CHECK (registry_at(i), c)
            if (strcmp(c->id, id) == 0) return c;
    return NULL;
}

static void sets(const char *text) {
    char *html;
    if (text) assert_ok(ctx, tex_prose(ctx, text, &html));
}

static void named_checks_exist(const char *page, const char *checks) {
    char *copy = attndyn_strdup(ctx, checks ? checks : "");
    for (char *id = strtok(copy, " "); id; id = strtok(NULL, " "))
        ck_assert_msg(find_check(id) != NULL, "story %s: there is no check %s", page, id);
}

/* Every equation of every story is understood; what they name exists. */
TEST(stories_are_sound) {
    struct stories stories;
    assert_ok(ctx, stories_read(ctx, &stories));
    ck_assert_uint_ge(stories.count, 6);
    for (size_t s = 0; s < stories.count; s++) {
        const struct story *story = &stories.items[s];
        ck_assert_msg(story->lead && story->order > 0, "story %s", story->page);
        if (s > 0) ck_assert_int_gt(story->order, stories.items[s - 1].order);
        sets(story->lead);
        for (size_t e = 0; e < story->n_equations; e++) {
            const struct equation *equation = &story->equations[e];
            char *mathml;
            assert_ok(ctx, tex_to_mathml(ctx, equation->tex, true, &mathml));
            ck_assert_msg(equation->says && equation->source, "story %s: equation %zu", story->page,
                          e + 1);
            sets(equation->says);
            named_checks_exist(story->page, equation->checks);
        }
        for (size_t i = 0; i < story->survives.count; i++) sets(story->survives.text[i]);
        for (size_t i = 0; i < story->open.count; i++) sets(story->open.text[i]);
        for (size_t e = 0; e < story->n_errata; e++) {
            const struct erratum *erratum = &story->errata[e];
            const struct check *check = find_check(erratum->check);
            ck_assert_msg(check && check->kind == CHECK_ERRATUM && erratum->printed &&
                              erratum->holds,
                          "story %s: erratum %s", story->page, erratum->check);
            sets(erratum->printed);
            sets(erratum->holds);
        }
    }
}

/* The report's table of errata shows the printed form and the one that holds. */
TEST(every_erratum_of_the_theory_is_told) {
    struct stories stories;
    assert_ok(ctx, stories_read(ctx, &stories));
    for (size_t i = 0; i < registry_count(); i++) {
        const struct experiment *e = registry_at(i);
        if (strncmp(e->id, "lm/", 3) == 0) continue; /* measurements, not printed formulas */
        ck_assert_msg(stories_find(&stories, e->id) != NULL, "no story has %s", e->id);
        EACH_CHECK (e, c)
            ck_assert_msg(c->kind != CHECK_ERRATUM || stories_erratum(&stories, c->id),
                          "%s: tell `erratum = %s` with `printed` and `holds` in "
                          "experiments/stories/%s.story",
                          e->id, c->id, stories_find(&stories, e->id)->page);
    }
}

TEST(the_longest_pattern_decides) {
    struct story items[2];
    assert_ok(ctx, story_parse(ctx, "a", "title = A\nexperiments = x/* y/deep*\n", &items[0]));
    assert_ok(ctx, story_parse(ctx, "b", "title = B\nexperiments = x/one y/*\n", &items[1]));
    const struct stories stories = {items, 2};
    ck_assert_ptr_eq(stories_find(&stories, "x/two"), &items[0]);
    ck_assert_ptr_eq(stories_find(&stories, "x/one"), &items[1]);
    ck_assert_ptr_eq(stories_find(&stories, "y/deeper"), &items[0]);
    ck_assert_ptr_eq(stories_find(&stories, "y/flat"), &items[1]);
    ck_assert_ptr_null(stories_find(&stories, "z/any"));
}

TEST(stories_are_parsed) {
    struct story story;
    assert_ok(ctx, story_parse(ctx, "p",
                               "# note\ntitle = T = 1\nexperiments = a\nlead = one\n  two\n\n"
                               "equation = x\nsays = s\nequation = y = z\nsource = w\n",
                               &story));
    ck_assert_str_eq(story.title, "T = 1");
    ck_assert_str_eq(story.lead, "one two");
    ck_assert_uint_eq(story.n_equations, 2);
    ck_assert_str_eq(story.equations[0].says, "s");
    ck_assert_str_eq(story.equations[1].tex, "y = z");
    ck_assert_ptr_null(story.equations[1].says);
    static const char *const bad[] = {"title = T\n", "title = T\nexperiments = a\nsays = x\n",
                                      "title = T\ntitle = U\nexperiments = a\n",
                                      "title = T\nexperiments = a\nnonsense\n",
                                      "title = T\nexperiments = a\ncolour = red\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(story_parse(ctx, "p", bad[i], &story), ATTNDYN_USAGE);
}

/* ------------------------------------------------------------------ runs read back */

static const struct table tables[] = {
    {"rows", "rows",
     (const struct column[]){{.name = "i", .type = COLUMN_INT, .doc = "i", .optional = false},
                             {.name = "v", .type = COLUMN_REAL, .doc = "v", .optional = true},
                             {.name = "t", .type = COLUMN_TEXT, .doc = "t", .optional = false},
                             {0}}},
    {0}};

static int computed;

static enum attndyn_status toy_run(struct attndyn_context *c, const struct params *p,
                                   struct results *r) {
    computed++;
    ATTNDYN_TRY(EMIT_CELLS(c, r, "rows", I(-3), R(1.0 / 3), S("a \"b\", c")));
    ATTNDYN_TRY(EMIT_CELLS(c, r, "rows", I(4), R(NAN), S("")));
    ATTNDYN_TRY(EMIT_CELLS(c, r, "rows", I(5), R(-2.5e-300), S("two\nlines")));
    ATTNDYN_TRY(results_note(c, r, "x is %g", param_real(p, "x")));
    return results_scalar(c, r, "last", 0.1 * param_real(p, "x"));
}

static enum attndyn_status toy_check(struct attndyn_context *c, const struct params *p,
                                     const struct results *r, struct verdict *v) {
    (void)c, (void)p;
    v->kind = VERDICT_HOLDS;
    v->measured = results_scalar_value(r, "last") + results_real(r, "rows", 0, "v");
    return ATTNDYN_OK;
}

static const struct experiment toy = {
    .id = "test/read",
    .title = "toy",
    .source = "none",
    .doc = "doc",
    .params =
        (const struct param[]){
            {.name = "x", .type = PARAM_REAL, .initial = "1.5", .min = -10, .max = 10, .doc = "x"},
            {0}},
    .presets = (const struct preset[]){{"quick", "", "all"}, {0}},
    .tables = tables,
    .scalars = (const struct scalar[]){{.name = "last", .doc = "last", .optional = false},
                                       {.name = "unset", .doc = "never set", .optional = true},
                                       {0}},
    .checks = (const struct check *const[]){&(const struct check){.id = "T.read",
                                                                  .statement = "s",
                                                                  .source = "s",
                                                                  .fails_if = "f",
                                                                  .evaluate = toy_check},
                                            NULL},
    .run = toy_run,
};

/* Writes a run to the folder, and reads it back as another run. */
static bool written_and_read(struct run *wrote, struct run *read, const char *damage) {
    const struct run_request request = {.experiment = &toy, .preset = "quick"};
    assert_ok(ctx, run_prepare(ctx, &request, wrote));
    assert_ok(ctx, run_compute(ctx, wrote));
    assert_ok(ctx, run_write(ctx, wrote, folder));
    folder_does(folder, "{ %s; }", damage);
    assert_ok(ctx, run_prepare(ctx, &request, read));
    bool found;
    assert_ok(ctx, run_read(ctx, read, folder, &found));
    return found;
}

TEST(a_finished_run_is_read_back) {
    struct run wrote, read;
    ck_assert(written_and_read(&wrote, &read, "true"));
    ck_assert_int_eq(computed, 1);
    ck_assert_uint_eq(results_rows(read.results, "rows"), 3);
    for (size_t row = 0; row < 3; row++) {
        double a = results_real(wrote.results, "rows", row, "v"),
               b = results_real(read.results, "rows", row, "v");
        ck_assert(memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)));
        assert_near(results_real(read.results, "rows", row, "i"),
                    results_real(wrote.results, "rows", row, "i"), 0);
        ck_assert_str_eq(results_text(read.results, "rows", row, "t"),
                         results_text(wrote.results, "rows", row, "t"));
    }
    assert_near(results_scalar_value(read.results, "last"),
                results_scalar_value(wrote.results, "last"), 0);
    ck_assert(isnan(results_scalar_value(read.results, "unset")));
    assert_near(read.verdicts[0].measured, wrote.verdicts[0].measured, 0);
    ck_assert_int_eq(read.verdicts[0].kind, VERDICT_HOLDS);
}

static const char *const damages[] = {"rm rows.csv",
                                      "echo 9,9,x >> rows.csv",
                                      "sed -i '$d' rows.csv",
                                      "rm run.json",
                                      "head -c 200 run.json > x; mv x run.json",
                                      "sed -i 's/0.33/0.34/' rows.csv",
                                      "rm params.conf",
                                      "sed -i 's/x = .*/x = 2/' params.conf",
                                      "sed -i 's/\"fnv1a\"/\"sum\"/' run.json",
                                      "sed -i 's/\"scalars\"/\"numbers\"/' run.json"};

TEST(a_damaged_run_is_not_taken_for_finished) {
    struct run wrote, read;
    ck_assert_msg(!written_and_read(&wrote, &read, damages[_i]), "%s", damages[_i]);
}

TCASE(report) {
    in_a_folder(tcase, 60);
    tcase_add_each(tcase, equations_become_mathml, set);
    tcase_add_each(tcase, what_is_not_understood_is_refused, wrong);
    tcase_add_tests(tcase, prose_holds_equations, stories_are_sound,
                    every_erratum_of_the_theory_is_told, the_longest_pattern_decides,
                    stories_are_parsed, a_finished_run_is_read_back);
    tcase_add_each(tcase, a_damaged_run_is_not_taken_for_finished, damages);
}
