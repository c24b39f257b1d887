/* The program from outside: exit codes and the one line on stderr. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *arguments, int code, const char *said) {
    struct outcome o = program_run(arguments);
    ck_assert_msg(o.code == code, "attndyn %s: exit %d, expected %d; it said: %s", arguments,
                  o.code, code, o.text);
    ck_assert_msg(strstr(o.text, said) != NULL, "attndyn %s: '%s' lacks '%s'", arguments, o.text,
                  said);
}

TEST(help_and_version) {
    expect("--help", 0, "Usage: attndyn COMMAND");
    expect("help", 0, "Usage: attndyn COMMAND");
    expect("--version", 0, "attndyn 0.");
    expect("run --help", 0, "Example: attndyn run");
    expect("list --help", 0, "Example: attndyn list");
    expect("describe --help", 0, "Example: attndyn describe");
    expect("verify --help", 0, "Example: attndyn verify");
    expect("report --help", 0, "Example: attndyn report");
    expect("plot --help", 0, "attndyn plot out");
}

TEST(misuse_is_64_and_names_the_mend) {
    expect("", 64, "Usage: attndyn");
    expect("rum", 64, "did you mean 'run'");
    expect("run", 64, "run takes an experiment's id");
    expect("run x=1", 64, "run takes an experiment's id");
    expect("run scansnap/flo", 64, "did you mean 'scansnap/flow'");
    expect("run scansnap/flow eta=1", 64, "did you mean 'eta_");
    expect("run scansnap/flow eta_y=-1", 64, "eta_y=-1: expected");
    expect("run scansnap/flow eta_y=abc", 64, "eta_y=abc: expected");
    expect("run scansnap/flow --preset nope", 64, "has no preset 'nope'");
    expect("run scansnap/flow --threads 0", 64, "expected an integer in [1, 4096]");
    expect("run scansnap/flow --nonsense", 64, "nonsense");
    expect("run scansnap/flow data=text", 64, "data=text needs text=PATH");
    expect("describe", 64, "describe takes one experiment");
    expect("verify nowhere/*", 64, "no id of an experiment or a check matches");
    expect("list nowhere", 64, "there is no experiment");
}

TEST(missing_input_is_66) {
    expect("run scansnap/flow --config /nonexistent/x.conf", 66, "cannot read /nonexistent/x.conf");
    expect("run scansnap/flow data=file data_file=/nonexistent.csv --out /tmp/attndyn-cli-none", 66,
           "/nonexistent.csv");
    expect("plot /nonexistent", 66, "is no folder");
}

TEST(unwritable_output_is_74) {
    expect("run scansnap/flow --preset quick --out /dev/null/x", 74, "/dev/null");
    expect("report --out /proc/nowhere", 74, "/proc/nowhere");
    expect("list > /dev/full", 74, "cannot write to standard output");
    expect("verify scansnap/frozen-decoder --json /dev/null/x.json", 74, "/dev/null/x.json");
}

TEST(a_run_can_be_repeated_from_its_conf) {
    expect("run scansnap/frozen-decoder --preset quick --no-plot --out /tmp/attndyn-cli-a", 0,
           "written to");
    expect("run scansnap/frozen-decoder --config /tmp/attndyn-cli-a/params.conf --no-plot --out "
           "/tmp/attndyn-cli-b",
           0, "written to");
    ck_assert_int_eq(system("for f in params.conf state.csv; do cmp /tmp/attndyn-cli-a/$f "
                            "/tmp/attndyn-cli-b/$f || exit 1; done"),
                     0);
    expect("run scansnap/frozen-decoder --preset quick --resume --out /tmp/attndyn-cli-a", 0,
           "already holds this run");
    expect("plot /tmp/attndyn-cli-a", 0, "drawn in");
    ck_assert_int_eq(system("rm -rf /tmp/attndyn-cli-a /tmp/attndyn-cli-b"), 0);
}

/* method=rk4 and step= apply to the reduced model as they do to the full one. */
TEST(fixed_steps_integrate_every_model) {
    expect("run scansnap/flow model=reduced method=rk4 step=0.01 t_end=10 validate=false --no-plot "
           "--out /tmp/attndyn-cli-s",
           0, "written to");
    expect("run scansnap/flow model=coupled method=rk4 step=0.01 t_end=10 validate=false --no-plot "
           "--out /tmp/attndyn-cli-t",
           0, "written to");
    struct outcome o =
        program_shell("for q in z B; do for d in s t; do awk -F, -v q=$q '$1 == q {print $3}' "
                      "/tmp/attndyn-cli-$d/state.csv | sort -g | tail -n 1; done; done; rm -rf "
                      "/tmp/attndyn-cli-s /tmp/attndyn-cli-t");
    double z_reduced, z_full, B_reduced, B_full;
    ck_assert_int_eq(sscanf(o.text, "%lf %lf %lf %lf", &z_reduced, &z_full, &B_reduced, &B_full),
                     4);
    assert_near(z_reduced, z_full, 1e-10);
    assert_near(B_reduced, B_full, 1e-9);
}

/* The run is stopped as soon as its folder exists. The rows written so far are kept, each of them
 * whole, and run.json marks the run as unfinished. */
TEST(an_interrupt_is_130_and_leaves_nothing_half) {
    struct outcome o = program_shell(
        "out=/tmp/attndyn-cli-i; rm -rf $out; \"${ATTNDYN_PROGRAM:-build/attndyn}\" run "
        "scansnap/flow num_last=60 num_next_per_last=2 t_end=1e9 eta_z=100 method=rk4 step=0.001 "
        "validate=false --no-plot --out $out & run=$!; n=0; while [ ! -d $out ] && [ $n -lt 600 ]; do "
        "sleep 0.1; n=$((n+1)); done; sleep 1; kill -TERM $run; wait $run; code=$?; ls -a $out; grep "
        "unfinished $out/run.json; grep -c '\"verdict\": \"skipped\"' $out/run.json; tail -c 1 "
        "$out/course.csv | od -An -c; exit $code");
    ck_assert_msg(o.code == 130, "exit %d: %s", o.code, o.text);
    ck_assert_msg(strstr(o.text, "rows up to then kept in /tmp/attndyn-cli-i, as unfinished"), "%s",
                  o.text);
    ck_assert_msg(strstr(o.text, "course.csv") && strstr(o.text, "\\n"), "%s", o.text);
    ck_assert_msg(strstr(o.text, "\"unfinished\": \"interrupted"), "%s", o.text);
    ck_assert_msg(!strstr(o.text, "tmp.") && !strstr(o.text, "lock"), "%s", o.text);
    /* a run that finishes replaces it and is not marked */
    o = program_shell(
        "out=/tmp/attndyn-cli-i; p=\"${ATTNDYN_PROGRAM:-build/attndyn}\"; sed -i 's/^t_end = .*/t_end "
        "= 0.01/' $out/params.conf; cp $out/params.conf $out.conf; $p run scansnap/flow --config "
        "$out.conf --resume --no-plot --out $out && grep -c unfinished $out/run.json; rm -rf $out "
        "$out.conf");
    ck_assert_msg(strstr(o.text, "written to") && strstr(o.text, "\n0\n"), "%s", o.text);
}

TCASE(cli) {
    tcase_set_timeout(tcase, 120);
    tcase_add_tests(tcase, help_and_version, misuse_is_64_and_names_the_mend, missing_input_is_66,
                    unwritable_output_is_74, a_run_can_be_repeated_from_its_conf,
                    fixed_steps_integrate_every_model, an_interrupt_is_130_and_leaves_nothing_half);
}
