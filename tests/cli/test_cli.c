/* The program from outside: exit codes and the one line on stderr. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

TESTS_IN_A_FOLDER("cli");

/* What its options get wrong stands in test_cli_options.c. */
static const struct program_line calls[] = {
    {"--help", 0, "Usage: attndyn COMMAND"},
    {"help", 0, "Usage: attndyn COMMAND"},
    {"--version", 0, "attndyn 0."},
    {"run --help", 0, "Example: attndyn run"},
    {"list --help", 0, "Example: attndyn list"},
    {"describe --help", 0, "Example: attndyn describe"},
    {"verify --help", 0, "Example: attndyn verify"},
    {"report --help", 0, "Example: attndyn report"},
    {"plot --help", 0, "attndyn plot out"},
    /* misuse is 64 and names the mend */
    {"", 64, "Usage: attndyn"},
    {"rum", 64, "did you mean 'run'"},
    {"run", 64, "run takes an experiment's id"},
    {"run x=1", 64, "run takes an experiment's id"},
    {"run scansnap/flo", 64, "did you mean 'scansnap/flow'"},
    {"run scansnap/flow eta=1", 64, "did you mean 'eta_"},
    {"run scansnap/flow eta_y=-1", 64, "eta_y=-1: expected"},
    {"run scansnap/flow eta_y=abc", 64, "eta_y=abc: expected"},
    {"run scansnap/flow --preset nope", 64, "has no preset 'nope'"},
    {"run scansnap/flow --threads 0", 64, "expected an integer in [1, 4096]"},
    {"run scansnap/flow --nonsense", 64, "nonsense"},
    {"run scansnap/flow data=text", 64, "data=text needs text=PATH"},
    {"describe", 64, "describe takes one experiment"},
    {"verify nowhere/*", 64, "no id of an experiment or a check matches"},
    {"list nowhere", 64, "there is no experiment"},
    /* what is not there is 66 */
    {"run scansnap/flow --config /nonexistent/x.conf", 66, "cannot read /nonexistent/x.conf"},
    {"run scansnap/flow data=file data_file=/nonexistent.csv --out o", 66, "/nonexistent.csv"},
    {"plot /nonexistent", 66, "is no folder"},
    /* what cannot be written to is 74 */
    {"run scansnap/flow --preset quick --out /dev/null/x", 74, "/dev/null"},
    {"report --out /proc/nowhere", 74, "/proc/nowhere"},
    {"list > /dev/full", 74, "cannot write to standard output"},
    {"verify scansnap/frozen-decoder --json /dev/null/x.json", 74, "/dev/null/x.json"},
};

TEST(calls_end_with_their_codes) {
    char line[300];
    snprintf(line, sizeof line, "$P %s", calls[_i].line);
    shell_ends(line, calls[_i].code, calls[_i].said);
}

TEST(a_run_can_be_repeated_from_its_conf) {
    shell("$P run scansnap/frozen-decoder --preset quick --no-plot --out a", "written to");
    shell("$P run scansnap/frozen-decoder --config a/params.conf --no-plot --out b", "written to");
    folder_does(folder, "for f in params.conf state.csv; do cmp a/$f b/$f || exit 1; done");
    shell("$P run scansnap/frozen-decoder --preset quick --resume --out a",
          "already holds this run");
    shell("$P plot a", "drawn in");
}

/* method=rk4 and step= apply to the reduced model as they do to the full one. */
TEST(fixed_steps_integrate_every_model) {
    struct outcome o =
        shell("for m in reduced coupled; do $P run scansnap/flow model=$m method=rk4 step=0.01 "
              "t_end=10 validate=false --no-plot --out $m > said || { cat said; exit 9; }; done; "
              "for q in z B; do for m in reduced coupled; do awk -F, -v q=$q '$1 == q {print $3}' "
              "$m/state.csv | sort -g | tail -n 1; done; done",
              "");
    double z_reduced, z_full, B_reduced, B_full;
    ck_assert_int_eq(sscanf(o.text, "%lf %lf %lf %lf", &z_reduced, &z_full, &B_reduced, &B_full),
                     4);
    assert_near(z_reduced, z_full, 1e-10);
    assert_near(B_reduced, B_full, 1e-9);
}

/* The run is stopped as soon as its folder exists. The rows written so far are kept, each of them
 * whole, and run.json marks the run as unfinished. */
TEST(an_interrupt_is_130_and_leaves_nothing_half) {
    struct outcome o = shell_ends(
        "$P run scansnap/flow num_last=60 num_next_per_last=2 t_end=1e9 eta_z=100 method=rk4 "
        "step=0.001 validate=false --no-plot --out i & run=$!; n=0; while [ ! -d i ] && [ $n -lt 600 ]; do "
        "sleep 0.1; n=$((n+1)); done; sleep 1; kill -TERM $run; wait $run; code=$?; ls -a i; grep "
        "unfinished i/run.json; grep -c '\"verdict\": \"skipped\"' i/run.json; tail -c 1 "
        "i/course.csv | od -An -c; exit $code",
        130, "rows up to then kept in i, as unfinished");
    ck_assert_msg(strstr(o.text, "course.csv") && strstr(o.text, "\\n"), "%s", o.text);
    ck_assert_msg(strstr(o.text, "\"unfinished\": \"interrupted"), "%s", o.text);
    ck_assert_msg(!strstr(o.text, "tmp.") && !strstr(o.text, "lock"), "%s", o.text);
    /* a run that finishes replaces it and is not marked */
    o = shell("sed -i 's/^t_end = .*/t_end = 0.01/' i/params.conf; cp i/params.conf c; $P run "
              "scansnap/flow --config c --resume --no-plot --out i && ! grep unfinished i/run.json "
              "&& echo whole",
              "written to");
    ck_assert_msg(strstr(o.text, "whole") != NULL, "%s", o.text);
}

TCASE(cli) {
    in_a_folder(tcase, 120);
    tcase_add_each(tcase, calls_end_with_their_codes, calls);
    tcase_add_tests(tcase, a_run_can_be_repeated_from_its_conf, fixed_steps_integrate_every_model,
                    an_interrupt_is_130_and_leaves_nothing_half);
}
