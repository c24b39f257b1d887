/* A run's folder belongs to one run, one process and one build, unless the user says that another
 * may take it. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("cli-folder");
#define RUN "$P run joma/erf --preset quick --no-plot "

TEST(the_same_parameters_find_the_same_folder) {
    shell(RUN "> said && " RUN "--resume", "already holds this run");
    shell("grep -o 'out/joma/erf/[0-9a-f]*' said; ls out/joma/erf | wc -l", "2\n");
    shell(
        "readlink out/joma/erf/latest | grep -cE '^[0-9a-f]{8}$'; test -s out/joma/erf/latest/run.json && echo "
        "leads there",
        "1\nleads there");
    shell(
        RUN
        "seed=2 > /dev/null; grep '^seed' out/joma/erf/latest/params.conf; ls -d out/joma/erf/*[0-9a-f] | wc -l",
        "seed = 2\n2\n");
    shell(RUN "> /dev/null && grep '^seed' out/joma/erf/latest/params.conf", "seed = 1");
    /* anything else of that name is left alone */
    shell("rm out/joma/erf/latest; mkdir out/joma/erf/latest; " RUN
          "> /dev/null && rmdir out/joma/erf/latest && echo "
          "mine",
          "mine");
}

TEST(another_runs_folder_is_refused) {
    shell_ends(
        RUN "--out o > /dev/null; cp -r o before; " RUN "seed=2 --out o", 64,
        "o holds another run: it has 'seed = 1', asked for is 'seed = 2': --overwrite replaces it, or name another");
    shell_ends("$P run lowrank/memory --out ./o", 64,
               "holds a run of joma/erf, not of lowrank/memory");
    shell_ends("ln -s o link; $P run lowrank/memory --out link", 64, "holds a run of joma/erf");
    shell_ends("$P report lowrank/memory --out o", 64, "o is the folder of a run");
    shell_ends("mkdir -p r/lowrank; cp -r o r/lowrank/memory; $P report lowrank/memory --out r", 64,
               "holds a run of joma/erf");
    shell_ends("$P verify lowrank/memory --out r", 64, "holds a run of joma/erf");
    shell_ends("$P sweep lowrank/memory r=1,2 --store s.db > /dev/null; $P plot s.db --out o", 64,
               "o is the folder of a run");
    shell("diff -r before o && diff -r before r/lowrank/memory && echo untouched", "untouched");
    shell_ends("mkdir mine; echo 1 > mine/state.csv; " RUN "--out mine", 64,
               "mine/state.csv stands there, and no params.conf");
    /* the same run, however its parameters are given; and --overwrite */
    shell(RUN "--out o > /dev/null; diff -r -x timing.json before o && echo the same", "the same");
    shell("$P run joma/erf --config before/params.conf --no-plot --out o | tail -n 1",
          "written to o");
    shell("sed -i '/^seed/d' o/params.conf; " RUN "--out o | tail -n 1", "written to o");
    shell("$P run lowrank/memory --no-plot --out o --overwrite > /dev/null; ls o", "params.conf");
    shell(
        "$P run lowrank/memory --no-plot --out fresh > /dev/null; diff -r -x timing.json o fresh && echo nothing of the "
        "other",
        "nothing of the other");
}

/* If a run fails, no earlier result is left beside it. */
TEST(a_failed_run_leaves_no_earlier_results) {
    shell("$P run joma/erf --preset quick --out o > /dev/null && ls o/run.json", "run.json");
    shell_ends(
        "echo mine > o/notes.txt; $P run scansnap/flow data=file data_file=/nonexistent --out o --overwrite",
        66, "/nonexistent");
    shell("ls o/run.json o/*.svg", ".svg");
    shell_ends("$P run joma/erf delta=1e3 t_end=1e6 --out o", 64, "holds another run");
    shell_ends("$P run joma/erf delta=1e3 t_end=1e6 --out o --overwrite", 2,
               "the right-hand side is not finite");
    shell("ls -A o | tr '\\n' ' '; ls -A o | wc -l", "notes.txt 1\n");
    shell(RUN "--out o | tail -n 1", "written to o");
}

TEST(one_process_at_a_time) {
    shell_ends(
        "$P run lm/wikitext-entropy --preset quick minibatches=2000000 --no-plot --out o > first 2>&1 & p=$!; n=0; until [ -e "
        "o/.attndyn.lock ] || [ $n = 400 ]; do sleep 0.02; n=$((n+1)); done; ln -s o link; for d in o ./o link $PWD/o; do "
        "$P run lm/wikitext-entropy --preset quick minibatches=2000000 --no-plot --out $d 2>&1; echo $?; done | grep -c -e "
        "'in use by another' -e '^74'; kill -TERM $p; wait $p; echo $?; ls -A o | grep -c lock",
        1, "8\n130\n0\n");
}

/* As if its numbers came from another build: the record says so. */
#define OF_ANOTHER "sed -i 's/\"gsl [0-9.]*\"/\"gsl 0.9\"/' "
TEST(finished_by_another_build) {
    shell_ends(RUN "--out o > /dev/null; " OF_ANOTHER "o/run.json; cp -r o before; " RUN
                   "--out o --resume",
               64, "o holds this run, finished by another build (gsl '0.9' (here '");
    shell(RUN "--out o --resume --accept-version", "note: another build has made it (gsl '0.9'");
    shell("diff -r before o && echo kept", "kept");
    shell_ends(RUN "--out o | tail -n 1 && grep -c '\"gsl 0.9\"' o/run.json", 1,
               "written to o\n0\n");
    shell("$P report joma/erf --out r > /dev/null; " OF_ANOTHER
          "r/joma/erf/run.json; $P report joma/erf --out r "
          "--accept-version",
          "1 of 1 experiments stood finished");
    shell("$P report joma/erf --out r",
          "1 of 1 stood finished by another build, and were run again");
    shell("$P report joma/erf --out r", "1 of 1 experiments stood finished");
}

/* A training that other kernels began: which build made which rows is in the record. */
#define TRAINING "$P run lm/wikitext-entropy --preset quick --no-plot --out "
#define OTHER "env OPENBLAS_CORETYPE=Prescott "
TEST(begun_by_another_build) {
    /* where the machine has no such kernels, or no others */
    if (program_shell(
            "a=$(" OTHER
            "${ATTNDYN_PROGRAM:-build/attndyn} --version); b=$(${ATTNDYN_PROGRAM:-build/attndyn} --version); [ \"$a\" = \"$b\" ]")
            .code == 0) {
        fputs("begun_by_another_build: skipped, one kind of kernels\n", stderr);
        return;
    }
    shell_ends(
        OTHER TRAINING
        "o --save-every 0.01 > /dev/null 2>&1 & p=$!; n=0; until [ -e o/checkpoint.safetensors ] || [ $n = "
        "400 ]; do sleep 0.02; n=$((n+1)); done; kill -TERM $p; wait $p; " TRAINING "o --resume",
        64, "kernels 'Prescott' (here '");
    shell(TRAINING "o --resume --accept-version > /dev/null; grep -A 3 begun_by o/run.json",
          "kernels 'Prescott'");
    shell(TRAINING "o --resume", "o already holds this run");
}

TCASE(cli_folder) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, the_same_parameters_find_the_same_folder, another_runs_folder_is_refused,
                    a_failed_run_leaves_no_earlier_results, one_process_at_a_time,
                    finished_by_another_build, begun_by_another_build);
}
