/* verify as a CI tool: scaled bounds, JUnit, JSON, ids that stay. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/run.h"
#include "tests/cli/program.h"
#include "tests/frame/xml.h"
#include "tests/support.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TESTS_WITH_A_FOLDER("verify", "*");

static struct outcome verify(const char *arguments) {
    char line[600];
    snprintf(line, sizeof line, "verify %s --json %s/v.json --junit %s/v.xml", arguments, folder,
             folder);
    return program_run(line);
}

static const char *written(const char *name) {
    return file_text(ctx, within(name));
}

static json_t *read_json(const char *name) {
    json_error_t error;
    json_t *root = json_loads(written(name), 0, &error);
    ck_assert_msg(root != NULL, "%s: %s", name, error.text);
    return root;
}

/* The preset `quick` must judge what it has always judged; with other values nothing is
 * required. */
TEST(a_preset_knows_what_it_judges) {
    for (size_t e = 0; e < registry_count(); e++)
        EACH_CHECK (registry_at(e), c)
            for (const char *at = c->unjudged ? c->unjudged : ""; *at;) {
                char preset[20];
                ck_assert(names_next(&at, preset, sizeof preset));
                bool has = false;
                for (const struct preset *p = registry_at(e)->presets; p->name; p++)
                    has |= strcmp(p->name, preset) == 0;
                ck_assert_msg(has, "%s: .unjudged names %s, which is no preset", c->id, preset);
            }
    struct outcome o = verify("POS.frozen NC.strong-first");
    ck_assert_msg(o.code == 0 && strstr(o.text, "2 skipped"), "%s", o.text);
    /* On other data many checks are skipped; if the run counts as the preset, they fail instead. */
    char alike[] = "data=alike", *assignments[] = {alike};
    struct run run;
    struct run_request request = {
        .preset = "quick", .assignments = assignments, .n_assignments = 1};
    assert_ok(ctx, registry_find(ctx, "position/flow", &request.experiment));
    assert_ok(ctx, run_prepare(ctx, &request, &run));
    assert_ok(ctx, run_compute(ctx, &run));
    size_t skipped = 0, red = 0;
    for (size_t c = 0; c < run.n_checks; c++) skipped += run.verdicts[c].kind == VERDICT_SKIPPED;
    run.whole = true;
    assert_ok(ctx, run_compute(ctx, &run));
    for (size_t c = 0; c < run.n_checks; c++) red += run.verdicts[c].kind == VERDICT_FAILS;
    ck_assert_uint_gt(skipped, 0);
    ck_assert_uint_eq(red, skipped);
}

/* An experiment without the preset is left out, with a message; if it is the only one asked for,
 * that is an error. */
TEST(a_preset_that_few_have) {
    struct outcome o = verify("lowrank/memory joma/erf --preset paper");
    ck_assert_msg(o.code == 0, "%d: %s", o.code, o.text);
    ck_assert_msg(strstr(o.text, "1 experiment has no preset 'paper' and was left out") != NULL,
                  "%s", o.text);
    ck_assert_ptr_null(strstr(o.text, "joma/erf"));
    o = verify("scansnap/printed-curves"); /* counted by kind of source */
    ck_assert_msg(strstr(o.text, "  paper     3 hold, 2 errata") != NULL &&
                      strstr(o.text, "  derived   2 hold, 0 errata") != NULL,
                  "%s", o.text);
    o = verify("joma/erf --preset paper");
    ck_assert_msg(o.code == 64 && strstr(o.text, "joma/erf has no preset 'paper'"), "%s", o.text);
}

TEST(a_tiny_scale_makes_checks_fail) {
    struct outcome o = verify("scansnap/frozen-decoder joma/isotropic");
    ck_assert_msg(o.code == 0, "%d: %s", o.code, o.text);
    ck_assert_ptr_null(strstr(o.text, "tolerance-scale"));
    o = verify("scansnap/frozen-decoder joma/isotropic --tolerance-scale 1e-30");
    ck_assert_msg(o.code == 1, "%d: %s", o.code, o.text);
    ck_assert_msg(strstr(o.text, "every bound is made tighter by the factor 1e-30") != NULL, "%s",
                  o.text);
    json_t *root = read_json("v.json");
    assert_near(json_number_value(json_object_get(root, "tolerance_scale")), 1e-30, 0);
    json_decref(root);
    const char *xml = written("v.xml");
    ck_assert_ptr_nonnull(strstr(xml, "<property name=\"tolerance_scale\" value=\"1e-30\"/>"));
    o = verify("joma/isotropic --tolerance-scale 0");
    ck_assert_msg(o.code == 64 && strstr(o.text, "expected a finite number > 0"), "%s", o.text);
    o = verify("joma/isotropic --tolerance-scale 1x");
    ck_assert_int_eq(o.code, 64);
}

/* A folder judged by other bounds is no result of `run`. */
TEST(scaled_verdicts_are_not_resumed) {
    char line[400];
    snprintf(line, sizeof line, "scansnap/frozen-decoder --tolerance-scale 2 --out %s", folder);
    ck_assert_int_eq(verify(line).code, 0);
    snprintf(line, sizeof line,
             "run scansnap/frozen-decoder --preset quick --resume --no-plot --out "
             "%s/scansnap/frozen-decoder",
             folder);
    struct outcome o = program_run(line);
    ck_assert_msg(o.code == 0 && strstr(o.text, "written to"), "%s", o.text);
    o = program_run(line);
    ck_assert_msg(o.code == 0 && strstr(o.text, "already holds this run"), "%s", o.text);
}

TEST(fail_fast_stops) {
    struct outcome o = verify("scansnap/frozen-decoder joma/isotropic joma/erf --tolerance-scale "
                              "1e-30 --fail-fast -j 1");
    ck_assert_msg(o.code == 1, "%d: %s", o.code, o.text);
    ck_assert_msg(strstr(o.text, "2 experiments not reached") != NULL, "%s", o.text);
    json_t *root = read_json("v.json"), *checks = json_object_get(root, "checks"), *one;
    size_t i, failed = 0, unreached = 0;
    json_array_foreach(checks, i, one) {
        const char *experiment = json_string_value(json_object_get(one, "experiment"));
        const char *verdict = json_string_value(json_object_get(one, "verdict"));
        const char *note = json_string_value(json_object_get(one, "note"));
        failed += strcmp(verdict, "fails") == 0;
        if (strncmp(experiment, "joma/", 5) != 0) continue;
        unreached++;
        ck_assert_str_eq(verdict, "not judged");
        ck_assert_ptr_nonnull(strstr(note, "not reached"));
    }
    ck_assert(failed > 0 && unreached > 0);
    json_decref(root);
}

/* Interrupted while it works: the verdicts are written, what was not reached is not judged. */
TEST(an_interrupt_leaves_the_verdicts) {
    char command[800];
    snprintf(command, sizeof command,
             "\"${ATTNDYN_PROGRAM:-build/attndyn}\" verify scansnap/flow joma/erf num_last=60 "
             "num_next_per_last=2 t_end=1e9 eta_z=100 method=rk4 step=0.001 -j 1 --out %s/out "
             "--json %s/v.json --junit %s/v.xml & run=$!; " UNTIL_IT_HEEDS(
                 "$run") "sleep 1; kill -TERM $run; wait $run",
             folder, folder, folder);
    struct outcome o = program_shell(command);
    ck_assert_msg(o.code == 130, "%d: %s", o.code, o.text);
    json_t *root = read_json("v.json"), *checks = json_object_get(root, "checks"), *one;
    ck_assert_uint_gt(json_array_size(checks), 10);
    size_t i;
    json_array_foreach(checks, i, one)
        ck_assert_str_eq(json_string_value(json_object_get(one, "verdict")), "not judged");
    json_decref(root);
    const char *text = written("v.xml");
    char complaint[200] = "";
    ck_assert_msg(xml_well_formed(text, complaint, sizeof complaint), "%s", complaint);
}

static void expect_field(const json_t *object, const char *name, bool (*is)(const json_t *)) {
    const json_t *value = json_object_get(object, name);
    ck_assert_msg(value && is(value), "the field \"%s\" of a check is missing or of another type",
                  name);
}
static bool is_text(const json_t *value) {
    return json_is_string(value);
}
static bool is_number(const json_t *value) {
    return json_is_number(value) || json_is_null(value);
}

/* docs/verify.md documents this form. */
TEST(json_has_the_documented_form) {
    ck_assert_int_eq(verify("scansnap/fates joma/erf").code, 0);
    json_t *root = read_json("v.json"), *one;
    assert_near(json_number_value(json_object_get(root, "tolerance_scale")), 1, 0);
    const json_t *program = json_object_get(root, "program");
    static const char *const of_program[] = {"name", "version", "commit", "compiler"};
    for (size_t i = 0; i < 4; i++) expect_field(program, of_program[i], is_text);
    json_t *checks = json_object_get(root, "checks");
    ck_assert_uint_gt(json_array_size(checks), 5);
    const char *documented = file_text(ctx, "docs/verify.md");
    size_t i;
    json_array_foreach(checks, i, one) {
        static const char *const texts[] = {"id",      "experiment", "claim", "source",  "kind",
                                            "verdict", "relation",   "note",  "fails_if"};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            expect_field(one, texts[k], is_text);
        static const char *const numbers[] = {"measured", "bound", "margin"};
        for (size_t k = 0; k < 3; k++) expect_field(one, numbers[k], is_number);
        const char *kind = json_string_value(json_object_get(one, "kind"));
        const char *verdict = json_string_value(json_object_get(one, "verdict"));
        bool erratum = strcmp(kind, "erratum") == 0;
        ck_assert(erratum || strcmp(kind, "holds") == 0);
        ck_assert(strcmp(verdict, "holds") == 0 || strcmp(verdict, "erratum confirmed") == 0 ||
                  strcmp(verdict, "skipped") == 0);
        if (erratum) {
            expect_field(one, "holds_measured", is_number);
            expect_field(one, "holds_bound", is_number);
        }
        const char *key;
        json_t *value;
        json_object_foreach(one, key, value) {
            char quoted[64];
            snprintf(quoted, sizeof quoted, "`%s`", key);
            ck_assert_msg(strstr(documented, quoted) != NULL, "docs/verify.md lacks %s", quoted);
        }
    }
    json_decref(root);
}

TEST(junit_is_well_formed) {
    ck_assert_int_eq(verify("scansnap joma/erf -j 2 --tolerance-scale 1e-20").code, 1);
    const char *text = written("v.xml");
    char complaint[200] = "";
    ck_assert_msg(xml_well_formed(text, complaint, sizeof complaint), "%s", complaint);
    ck_assert_ptr_nonnull(strstr(text, "<failure type=\"claim\" message=\"measured "));
    ck_assert_ptr_nonnull(strstr(text, "Scan&amp;Snap"));
    size_t cases = 0, failures = 0, tests, failed;
    for (const char *p = text; (p = strstr(p, "<testcase ")); p++) cases++;
    for (const char *p = text; (p = strstr(p, "<failure ")); p++) failures++;
    const char *head = strstr(text, "<testsuites name=\"attndyn verify\"");
    ck_assert_ptr_nonnull(head);
    ck_assert_int_eq(sscanf(head,
                            "<testsuites name=\"attndyn verify\" tests=\"%zu\" failures=\"%zu\"",
                            &tests, &failed),
                     2);
    ck_assert_uint_eq(tests, cases);
    ck_assert_uint_eq(failed, failures);
    /* xml_well_formed refuses what is not. */
    ck_assert(!xml_well_formed("<a><b></a></b>", complaint, sizeof complaint));
    ck_assert(!xml_well_formed("<a x=\"1 & 2\"/>", complaint, sizeof complaint));
    ck_assert(!xml_well_formed("<a x=\"<\"/>", complaint, sizeof complaint));
    ck_assert(!xml_well_formed("<a>\x01</a>", complaint, sizeof complaint));
    ck_assert(!xml_well_formed("<a>\xff</a>", complaint, sizeof complaint));
    ck_assert(!xml_well_formed("<a/><b/>", complaint, sizeof complaint));
}

/* Valid for the schema of what the readers named in docs/verify.md have in common, with every kind
 * of outcome. */
#define VALID "xmllint --noout --relaxng tests/frame/junit.rng "
TEST(valid_for_its_readers) {
    static const char *const calls[] = {
        "scansnap/frozen-decoder joma/erf", "scansnap/frozen-decoder --tolerance-scale 1e-9",
        "scansnap/text text=/nonexistent lowrank/memory", "scansnap/text",
        "lowrank/memory MEM.order --exclude MEM.8bit"};
    if (program_shell("xmllint --version").code != 0) {
        fputs("valid_for_its_readers: skipped, no xmllint (libxml2-utils)\n", stderr);
        return;
    }
    char line[600];
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        verify(calls[i]);
        snprintf(line, sizeof line, VALID "%s/v.xml", folder);
        struct outcome o = program_shell(line);
        ck_assert_msg(o.code == 0, "%s: %s", calls[i], o.text);
    }
    /* the schema refuses what they refuse: a wrong count, an attribute or an element in the wrong
     * place */
    static const char *const spoilt[] = {
        "s/<testsuites /&skipped=\"0\" /", "s/<testcase /&verdict=\"holds\" /",
        "s/ errors=\"[0-9]*\"//", "s/<testcase.*>/&<properties\\/>/"};
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        snprintf(line, sizeof line,
                 "sed '%s' %s/v.xml > %s/w.xml; cmp %s/v.xml %s/w.xml; " VALID "%s/w.xml",
                 spoilt[i], folder, folder, folder, folder, folder);
        struct outcome o = program_shell(line);
        ck_assert_msg(o.code != 0 && strstr(o.text, "differ"), "%s is taken", spoilt[i]);
    }
}

/* A broken run: its message may hold anything that a path may hold; control characters are blanks
 * in every message, a byte that is no UTF-8 is written \xFF. */
TEST(a_broken_run_is_an_error) {
    struct outcome o =
        verify("scansnap/text \"text=/nonexistent/<\\\"&\x01\xff\xed\xa0\x80\xc3>\"");
    ck_assert_msg(o.code == 66, "%d: %s", o.code, o.text);
    const char *text = written("v.xml");
    char complaint[200] = "";
    ck_assert_msg(xml_well_formed(text, complaint, sizeof complaint), "%s", complaint);
    ck_assert_ptr_nonnull(strstr(text, "<error type=\"run\" message=\"the run failed: "));
    ck_assert_ptr_nonnull(strstr(text, "&lt;&quot;&amp; \\xFF\\xED\\xA0\\x80\\xC3&gt;"));
    ck_assert_ptr_null(strstr(text, "<failure"));
    json_decref(read_json("v.json"));
}

/* No check of a broken run fails or is measured, and of no hypothesis is it known whether it was
 * met. */
TEST(a_broken_run_is_not_judged) {
    struct outcome o = verify("scansnap/relative-gain ratios=");
    ck_assert_msg(o.code == 64, "%d: %s", o.code, o.text);
    json_t *root = read_json("v.json"), *one, *hypothesis;
    size_t i, h, hypotheses = 0;
    json_array_foreach(json_object_get(root, "checks"), i, one) {
        ck_assert_str_eq(json_string_value(json_object_get(one, "verdict")), "not judged");
        ck_assert(json_is_null(json_object_get(one, "measured")));
        ck_assert(json_is_null(json_object_get(one, "bound")));
        ck_assert_str_eq(json_string_value(json_object_get(one, "relation")), "");
        ck_assert_ptr_nonnull(
            strstr(json_string_value(json_object_get(one, "note")), "the run failed: "));
        json_array_foreach(json_object_get(one, "hypotheses"), h, hypothesis) {
            ck_assert(json_is_null(json_object_get(hypothesis, "met")));
            hypotheses++;
        }
    }
    ck_assert(i > 5 && hypotheses > 0);
    json_decref(root);
}

TEST(the_list_is_json_too) {
    char line[200];
    snprintf(line, sizeof line, "verify --list 'joma/*' --json %s/list.json", folder);
    ck_assert_int_eq(program_run(line).code, 0);
    json_t *root = read_json("list.json"), *checks = json_object_get(root, "checks");
    size_t expected = 0;
    for (size_t e = 0; e < registry_count(); e++)
        EACH_CHECK (registry_at(e), c) expected += strncmp(registry_at(e)->id, "joma/", 5) == 0;
    ck_assert_uint_eq(json_array_size(checks), expected);
    static const char *const texts[] = {"id", "experiment", "claim", "source", "kind", "fails_if"};
    for (size_t k = 0; k < 6; k++) expect_field(json_array_get(checks, 0), texts[k], is_text);
    json_decref(root);
}

/* docs/checks.md is the contract: what stands there stays (`make checks` writes it anew). */
TEST(ids_stay) {
    char *list = file_text(ctx, "docs/checks.md"), *position = NULL, experiment[100] = "";
    size_t listed = 0;
    for (char *line = strtok_r(list, "\n", &position); line;
         line = strtok_r(NULL, "\n", &position)) {
        char id[100];
        sscanf(line, "## %99s", experiment);
        if (sscanf(line, "| `%99[^`]` |", id) != 1) continue;
        listed++;
        const struct experiment *of = NULL;
        for (size_t e = 0; e < registry_count(); e++)
            if (strcmp(registry_at(e)->id, experiment) == 0) of = registry_at(e);
        bool found = false;
        EACH_CHECK (of, c) found |= strcmp(c->id, id) == 0;
        ck_assert_msg(found,
                      "the check %s of %s stands in docs/checks.md and is gone; if it was "
                      "withdrawn or renamed: `make checks`, and say so in CHANGELOG.md",
                      id, experiment);
    }
    ck_assert_uint_gt(listed, 200);
}

TEST(ids_are_unique) {
    for (size_t e = 0; e < registry_count(); e++)
        EACH_CHECK (registry_at(e), c) {
            ck_assert_msg(strpbrk(c->id, " `|\t\n") == NULL, "%s: no word", c->id);
            for (size_t f = e; f < registry_count(); f++)
                EACH_CHECK (registry_at(f), d)
                    ck_assert_msg(c == d || strcmp(c->id, d->id) != 0, "two checks %s", c->id);
        }
}

/* A code of the program's interface stands wherever the interface is described. */
TEST(exit_codes_are_documented) {
    static const char *const codes[] = {"1", "2", "64", "66", "71", "74", "130"};
    struct outcome help = program_run("--help"), of_verify = program_run("verify --help");
    const char *page = file_text(ctx, "docs/attndyn.1"), *text = file_text(ctx, "docs/verify.md");
    const char *status = strstr(page, ".SH EXIT STATUS");
    ck_assert_ptr_nonnull(status);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char row[20], word[20], tag[20];
        snprintf(tag, sizeof tag, "\n.B %s\n", codes[i]);
        snprintf(row, sizeof row, "\n| %s | ", codes[i]);
        snprintf(word, sizeof word, " %s ", codes[i]);
        ck_assert_msg(strstr(text, row) != NULL, "docs/verify.md lacks %s", codes[i]);
        ck_assert_msg(strstr(status, tag) != NULL, "docs/attndyn.1 lacks %s", codes[i]);
        ck_assert_msg(strstr(help.text, word) != NULL, "--help lacks %s", codes[i]);
        ck_assert_msg(strstr(of_verify.text, "Exit status") != NULL, "%s", of_verify.text);
    }
}

TCASE(verify) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, a_preset_knows_what_it_judges, a_preset_that_few_have,
                    a_tiny_scale_makes_checks_fail, scaled_verdicts_are_not_resumed,
                    fail_fast_stops, an_interrupt_leaves_the_verdicts, json_has_the_documented_form,
                    junit_is_well_formed, valid_for_its_readers, a_broken_run_is_an_error,
                    a_broken_run_is_not_judged, the_list_is_json_too, ids_stay, ids_are_unique,
                    exit_codes_are_documented);
}
