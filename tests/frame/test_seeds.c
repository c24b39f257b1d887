/* verify --seeds: the runs really differ, and verdicts that depend on the seed are found. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/judge/seeds.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct run run_with(const struct experiment *experiment, struct verdict *verdict,
                           enum verdict_kind kind, double measured) {
    *verdict = (struct verdict){.kind = kind, .measured = measured};
    return (struct run){.experiment = experiment, .n_checks = 1, .verdicts = verdict};
}

TEST(a_verdict_that_changes_is_found) {
    struct verdict v[3];
    static const char *known[] = {"as it should"};
    const struct experiment *any = registry_at(0);
    struct run runs[3] = {run_with(any, &v[0], VERDICT_HOLDS, 1),
                          run_with(any, &v[1], VERDICT_HOLDS, -2),
                          run_with(any, &v[2], VERDICT_HOLDS, 4)};
    struct seeds s = {.count = 1, .seeds = 3, .runs = runs, .made = (size_t[]){3}};
    struct over_seeds o = seeds_of(&s, 0, 0);
    ck_assert_uint_eq(o.runs, 3);
    ck_assert(!o.flips && !o.fails);
    assert_near(o.least, -2, 0);
    assert_near(o.most, 4, 0);
    v[1].kind = VERDICT_SKIPPED; /* nothing fails, but the verdict depends on the seed */
    o = seeds_of(&s, 0, 0);
    ck_assert(o.flips && !o.fails);
    ck_assert_uint_eq(o.verdicts[VERDICT_SKIPPED], 1);
    v[1].kind = VERDICT_FAILS;
    o = seeds_of(&s, 0, 0);
    ck_assert(o.flips && o.fails);
    runs[1].known = known;
    ck_assert(!seeds_of(&s, 0, 0).fails);
    runs[1].verdicts = NULL; /* a run that failed has no verdict */
    o = seeds_of(&s, 0, 0);
    ck_assert_uint_eq(o.runs, 2);
    ck_assert(!o.flips);
}

TEST(seeds_change_what_is_measured) {
    char folder[64], path[80];
    folder_make(folder, "seeds");
    program_says(folder,
                 "$P verify DJ1.descent-law J6.monte-carlo J6.chain --seeds 3 trees=8192 --json "
                 "$F/s.json",
                 0, "3 checks over 3 seeds: 0 verdicts depend on the seed, 0 fail");
    snprintf(path, sizeof path, "%s/s.json", folder);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "seeds")), 3);
    json_t *checks = json_object_get(root, "checks"), *check;
    ck_assert_uint_eq(json_array_size(checks), 3);
    size_t i;
    json_array_foreach(checks, i, check) {
        const char *id = json_string_value(json_object_get(check, "id"));
        json_t *runs = json_object_get(check, "runs");
        ck_assert_uint_eq(json_array_size(runs), 3);
        double first = json_real_value(json_object_get(json_array_get(runs, 0), "measured"));
        double last = json_real_value(json_object_get(json_array_get(runs, 2), "measured"));
        ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(runs, 2), "seed")),
                         json_integer_value(json_object_get(json_array_get(runs, 0), "seed")) +
                             2 * SEED_STRIDE);
        ck_assert_msg((first == last) == (strcmp(id, "J6.chain") == 0), "%s: %g, %g", id, first,
                      last);
        ck_assert(json_is_false(json_object_get(check, "flips")));
    }
    json_decref(root);
    /* a bound that only some seeds meet */
    program_says(folder, "$P verify J6.monte-carlo --seeds 8 trees=8192 --tolerance-scale 0.4", 1,
                 "1 verdict depends on the seed, 1 fails for some seed");
    program_says(folder, "$P verify J6.monte-carlo --seeds 2 --junit $F/x.xml", 64,
                 "leave out --out, --junit");
    folder_remove(folder, "*");
}

TCASE(seeds) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, a_verdict_that_changes_is_found, seeds_change_what_is_measured);
}
