/* The grammar of a sweep: axes, their values, what is no axis; designs of several. */
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/sweep/design.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TESTS_WITH_A_FOLDER("design", "*");

static const struct experiment *memory; /* a run takes 0.1 ms: many runs, quick tests */
static void find_memory(void) {
    assert_ok(ctx, registry_find(ctx, "lowrank/memory", &memory));
}

static enum attndyn_status make(char **words, size_t n, char **zips, size_t n_zips, long samples,
                                struct design **design) {
    const struct design_request request = {.experiment = memory,
                                           .words = words,
                                           .n_words = n,
                                           .zips = zips,
                                           .n_zips = n_zips,
                                           .sampler = samples ? SAMPLER_SOBOL : SAMPLER_NONE,
                                           .samples = samples};
    return design_create(ctx, &request, design);
}

static void values_are(char *word, const char *expected) {
    struct design *d;
    assert_ok(ctx, make(&word, 1, NULL, 0, 0, &d));
    char text[400] = "";
    for (size_t i = 0; i < d->runs; i++) {
        strcat(text, i ? " " : "");
        strcat(text, d->n_axes ? design_value(d, i, 0) : "fixed");
    }
    ck_assert_msg(strcmp(text, expected) == 0, "%s gives '%s', expected '%s'", word, text,
                  expected);
}

TEST(axes_have_their_values) {
    values_are("r=3", "fixed");
    values_are("r=3,1,2", "3 1 2");
    values_are("r=1:4", "1 2 3 4");
    values_are("r=4:1", "4 3 2 1");
    values_are("r=1:10:4", "1 5 9");
    values_are("r=10:1:-4", "10 6 2");
    values_are("r=lin:0:100:5", "0 25 50 75 100");
    values_are("r=log:1:1000:4", "1 10 100 1000");
    values_are("shape=60M,130M", "60M 130M");
}

/* Of experiments whose parameters are numbers and texts of other kinds. */
static void dry_run(const char *words, int code, const char *said) {
    char line[400];
    snprintf(line, sizeof line, "\"$P\" sweep %s --dry-run", words);
    program_says_in(folder, line, code, said);
}

/* From the command line to the store, on every kind of axis. */
TEST(numbers_keep_their_digits) {
    const struct experiment *before = memory;
    assert_ok(ctx, registry_find(ctx, "lowrank/switching", &memory)); /* its seed has no bounds */
    values_are("seed=1234567890121:1234567890123", "1234567890121 1234567890122 1234567890123");
    values_are("seed=9007199254740993,8999999999999999999", "9007199254740993 8999999999999999999");
    values_are("seed=9007199254740993:9007199254740997:2",
               "9007199254740993 9007199254740995 9007199254740997");
    values_are("seed=lin:9007199254740991:9007199254740997:3",
               "9007199254740991 9007199254740994 9007199254740997");
    values_are("seed=log:1234567890121:1234567890125:3",
               "1234567890121 1234567890123 1234567890125");
    values_are("seed=1e3:3e3:1e3", "1000 2000 3000");
    values_are("seed=9.007199254740993e15:9007199254740994.0", "9007199254740993 9007199254740994");
    values_are("seed=8e18:9.9e18:1e18", "8000000000000000000 9000000000000000000");
    dry_run("lm/sparsity lr=0.1:0.5:0.1", 0, ": 0.1, 0.2, 0.3, 0.4, 0.5\n");
    dry_run("lm/sparsity lr=1.2345678901234:1.3345678901234:5e-2", 0,
            ": 1.2345678901234, 1.2845678901234, 1.3345678901234\n");
    dry_run("lm/sparsity lr=lin:0.1234567890123456:0.2:2", 0, ": 0.1234567890123456, 0.2\n");
    dry_run("lm/sparsity lr=log:1.2345678901234:4.938271560493601:3", 0,
            ": 1.2345678901234, 2.46913578025, 4.938271560493601\n");
    dry_run("lm/sparsity lr=log:0.001:1:4", 0, ": 0.001, 0.01, 0.1, 1\n");
    dry_run("lm/sparsity seed=9100000000000000000", 64, "(up to 9e18)");
    dry_run("lm/sparsity seed=1:9223372036854775806:4611686018427387904", 64,
            "integers up to 9e18");
    dry_run("lm/sparsity seed=9007199254740993,9.007199254740993e15", 64, "stands twice");
    dry_run("lm/sparsity seed=1,9007199254740993.5", 64, "expected an integer");
    dry_run("lm/sparsity seed=1,900719925474099.35e1", 64, "expected an integer");
    dry_run("lm/sparsity seed=1,1e999999999999", 64, "expected an integer");
    dry_run("lm/sparsity seed=0e999,1200e-2", 0, "2 values: 0, 12\n");
    /* drawn from a box */
    struct design *d;
    char *words[] = {"seed=9007199254740992:9007199254741992"};
    assert_ok(ctx, make(words, 1, NULL, 0, 64, &d));
    int odd = 0;
    for (size_t i = 0; i < 64; i++) {
        long r = strtol(design_value(d, i, 0), NULL, 10) - 9007199254740992;
        ck_assert(r >= 0 && r <= 1000);
        odd += r & 1;
    }
    ck_assert_int_gt(odd, 10);
    memory = before;
    /* in the store, and through the CSV */
    program_says_in(
        folder,
        "\"$P\" sweep joma/erf seed=9007199254740993:9007199254740995 "
        "--store s.db --csv s.csv; cut -d, -f1,2 s.csv; \"$P\" export s.db --csv - --where "
        "seed=9.007199254740993e15 | cut -d, -f1,2",
        0,
        "run,seed\n0,9007199254740993\n1,9007199254740994\n2,9007199254740995\n"
        "run,seed\n0,9007199254740993\n");
}

TEST(a_value_may_hold_the_separator) {
    dry_run("scansnap/text 'text=\"a,b.txt\",c.txt'", 0, "2 values: \"a,b.txt\", c.txt\n");
    dry_run("scansnap/text 'text=\"a,b.txt\"'", 0, "fixed  text=a,b.txt\n");
    dry_run("scansnap/text 'last=\"the,of\", \"a \"\"b\"\"\"'", 0,
            "2 values: \"the,of\", a \"b\"\n");
    dry_run("joma/erf 'delta=1,2;\"3,4\"'", 0, "delta: 2 values");
    dry_run("scansnap/text 'text=\"a,b.txt'", 64, "a quote without an end");
    dry_run("scansnap/text 'text=\"a\"b,c'", 64, "text behind a closing quote: b,c");
    dry_run("scansnap/text 'text=\"\",a'", 0, "text: 2 values: , a\n");
    /* the same rule in a file, in a run and in its params.conf */
    program_says_in(folder,
                    "printf 'experiment = scansnap/text\\nlast = \"the,of\",a\\n' > f && "
                    "\"$P\" sweep --file f --dry-run",
                    0, "last: 2 values: \"the,of\", a\n");
    program_says_in(
        folder,
        "\"$P\" run scansnap/text 'text=\" a,\"\"b\"' --out o; awk 'BEGIN {for "
        "(i = 0; i < 4000; i++) print \"w\" i % 7, \"w\" i * i % 5, \"w\" i % 3 \" .\"}' > ' a,\"b'; \"$P\" run scansnap/text 'text=\" a,\"\"b\"' --no-plot --out o "
        "> /dev/null 2>&1; grep ^text o/params.conf; \"$P\" run scansnap/text --config "
        "o/params.conf --no-plot --out p > /dev/null 2>&1; cmp o/params.conf p/params.conf && echo "
        "taken back",
        0, "text = \" a,\"\"b\"\ntaken back");
}

static void refused(char *word, const char *because) {
    struct design *d;
    ck_assert_int_eq(make(&word, 1, NULL, 0, 0, &d), ATTNDYN_USAGE);
    ck_assert_msg(strstr(attndyn_message(ctx), because) != NULL, "%s: '%s' lacks '%s'", word,
                  attndyn_message(ctx), because);
}

TEST(bad_axes_are_refused) {
    refused("r=1,,2", "empty value");
    refused("r=1:2:-1", "the step must lead");
    refused("r=1:2:0", "the step must lead");
    refused("r=1:2:.5", "integers");
    refused("r=log:0:10:3", "positive ends");
    refused("r=log:1:4:9", "rounding makes two values equal");
    refused("r=log:1:10", "take a:b:n");
    refused("r=lin:1:10:1.5", "n must be an integer");
    refused("r=1:2:3:4", "a:b:step");
    refused("r=1:x", "no such range");
    refused("r=1:1e9", "10,000,000");
    refused("r=-1,2", "expected an integer");
    refused("rr=1,2", "did you mean 'r'");
    refused("shape=60M,61M", "one of");
    refused("r", "no key=value");
    /* one run that counts as two: sd 0, n 2 */
    refused("r=4,8,4", "r=4 stands twice");
    refused("r=8,8.0", "r=8 stands twice");
    refused("shape=60M,130M,60M", "shape=60M stands twice");
    char *twice[] = {"r=1,2", "r=3,4"}, *once[] = {"r=1", "r=3"}, *moved[] = {"r=4,4,8", "d=1,2,2"},
         *equal[] = {"r=4,8,4", "d=1,2,1"}, *together = "r,d";
    struct design *d;
    ck_assert_int_eq(make(once, 2, NULL, 0, 0, &d), ATTNDYN_USAGE);
    assert_ok(ctx, make(moved, 2, &together, 1, 0, &d));
    ck_assert_int_eq(make(equal, 2, &together, 1, 0, &d), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "r=4 d=1 stands twice"));
    ck_assert_int_eq(make(twice, 2, NULL, 0, 0, &d), ATTNDYN_USAGE);
}

TEST(axes_multiply_or_zip) {
    struct design *d;
    char *words[] = {"r=1,2", "d=10,20", "f=5,6,7"}, *zips[] = {"r,d"};
    assert_ok(ctx, make(words, 3, NULL, 0, 0, &d));
    ck_assert_uint_eq(d->runs, 12);
    ck_assert_str_eq(design_value(d, 7, 0), "2");
    ck_assert_str_eq(design_value(d, 7, 1), "10");
    ck_assert_str_eq(design_value(d, 7, 2), "6");
    assert_ok(ctx, make(words, 3, zips, 1, 0, &d));
    ck_assert_uint_eq(d->runs, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_str_eq(design_value(d, i, 0), i < 3 ? "1" : "2");
        ck_assert_str_eq(design_value(d, i, 1), i < 3 ? "10" : "20");
        ck_assert_int_eq(design_value(d, i, 2)[0], "567"[i % 3]);
    }
    char *uneven[] = {"r,f"};
    ck_assert_int_eq(make(words, 3, uneven, 1, 0, &d), ATTNDYN_USAGE);
    char *stranger[] = {"r,vocab"};
    ck_assert_int_eq(make(words, 3, stranger, 1, 0, &d), ATTNDYN_USAGE);
}

TEST(samples_fill_the_box) {
    struct design *d;
    char *words[] = {"r=1:1000", "d=log:1:10000", "shape=60M,130M"};
    assert_ok(ctx, make(words, 3, NULL, 0, 64, &d));
    ck_assert_uint_eq(d->runs, 64);
    int low = 0, small = 0, first = 0;
    for (size_t i = 0; i < 64; i++) {
        double r = atof(design_value(d, i, 0)), width = atof(design_value(d, i, 1));
        ck_assert(r >= 1 && r <= 1000 && width >= 1 && width <= 10000);
        low += r < 500;
        small += width < 100;
        first += strcmp(design_value(d, i, 2), "60M") == 0;
    }
    /* a Sobol sequence halves every axis to within a point or two */
    ck_assert(abs(low - 32) <= 2 && abs(small - 32) <= 2 && abs(first - 32) <= 2);
}

TCASE(design) {
    in_a_folder(tcase, 60);
    tcase_add_checked_fixture(tcase, find_memory, NULL);
    tcase_add_tests(tcase, axes_have_their_values, numbers_keep_their_digits,
                    a_value_may_hold_the_separator, bad_axes_are_refused, axes_multiply_or_zip,
                    samples_fill_the_box);
}
