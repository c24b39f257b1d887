/* What a machine reads: JSON on stdout and nothing else, checks by their ids, tolerated failures.
 */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

TESTS_IN_A_FOLDER("json");

/* The shell line's stdout, which must be one JSON object. */
static json_t *object_of(const char *line) {
    char command[512], path[128];
    snprintf(command, sizeof command, "%s > out.json", line);
    shell(command, "");
    snprintf(path, sizeof path, "%s/out.json", folder);
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "%s: %s", line, error.text);
    return root;
}

TEST(json_stands_alone_on_stdout) {
    shell("$P list | cut -d/ -f1 | uniq | sort | uniq -d | wc -l", "0\n"); /* families together */
    json_t *list = object_of("$P list --json 'scansnap/*'");
    ck_assert_uint_gt(json_array_size(json_object_get(list, "experiments")), 5);
    json_decref(list);
    json_t *about = object_of("$P describe scansnap/growth --json");
    static const char *const keys[] = {"id",      "title",   "source", "doc",
                                       "params",  "presets", "tables", "scalars",
                                       "figures", "checks",  NULL};
    for (const char *const *k = keys; *k; k++)
        ck_assert_msg(json_object_get(about, *k) != NULL, "describe lacks %s", *k);
    json_decref(about);
    json_t *run = object_of("$P run scansnap/frozen-decoder --json --no-plot --out run");
    ck_assert_str_eq(json_string_value(json_object_get(run, "experiment")),
                     "scansnap/frozen-decoder");
    ck_assert_ptr_nonnull(json_object_get(run, "folder"));
    json_decref(run);
    json_t *verdicts = object_of("$P verify C12.monotone --json -");
    ck_assert_uint_eq(json_array_size(json_object_get(verdicts, "checks")), 1);
    json_decref(verdicts);
}

TEST(checks_are_addressed) {
    shell("$P describe C12.monotone", "measured by scansnap/growth");
    shell("$P verify C12.monotone", "1 claim holds, 0 errata confirmed, 0 fail");
    shell_ends("$P verify C12.monoton", 64, "did you mean 'C12.monotone'");
    shell_ends("$P verify scansnap/growth --exclude 'E.*' --list | grep -c E.growth", 1, "0");
    shell("$P describe scansnap/flow --json --html | grep -c 'dY/dt.*<i>η</i><sub>Y</sub>'", "1");
    shell_ends("$P describe scansnap/flow --html", 64, "--html goes with --json");
    shell_ends("$P verify --exclude nonsense/x", 64, "there is no experiment");
}

TEST(known_failures_are_tolerated_and_missed) {
    const char *tight = "$P verify C12.late-slope C12.monotone --tolerance-scale 1e-9 --known k";
    char line[256];
    shell("echo 'C12.late-slope  a reason # of ours' > k", "");
    shell(tight, "as is known: a reason # of ours");
    shell(tight, "1 known to fail");
    shell("echo 'C12.monotone a reason' >> k", "");
    shell(tight, "take it off the list");
    snprintf(line, sizeof line,
             "%s --junit j.xml && grep -c '<skipped message=.known to fail' j.xml", tight);
    shell(line, "1");
    shell("echo 'C12.monotone' > k", "");
    shell_ends(tight, 64, "expected the reason");
    shell("echo 'C12.monoton x' > k", "");
    shell_ends(tight, 64, "k:1: there is no check 'C12.monoton'; did you mean");
    shell_ends("$P verify C12.monotone --known absent", 66, "absent");
}

TCASE(cli_json) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, json_stands_alone_on_stdout, checks_are_addressed,
                    known_failures_are_tolerated_and_missed);
}
