/* Options: mistakes are reported in one line, with the remedy, before any work; options that do not
 * apply are refused, not ignored. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TESTS_IN_A_FOLDER("cli-options");

static const struct {
    const char *arguments;
    int code;
    const char *said;
} wrong[] = {
    {"run joma/erf --bogus", 64,
     "run: unknown option '--bogus'; parameters are written key=value, without"},
    {"run joma/erf --delta=1,2", 64, "'--delta'; parameters are written key=value, without dashes"},
    {"describe joma/erf --bogus", 64, "unknown option '--bogus'"},
    {"run joma/erf --rsume", 64, "did you mean '--resume'? (`attndyn run --help` lists them)"},
    {"verify --j x", 64, "verify: '--j' may be each of --jobs, --json, --junit"},
    {"run joma/erf -Q", 64, "run: unknown option '-Q' (`attndyn run --help`"},
    {"run joma/erf -j 2", 64, "unknown option '-j': --jobs belongs to other commands"},
    {"run joma/erf -p", 64, "run: --preset needs a value: --preset=NAME"},
    {"run joma/erf --out", 64, "run: --out needs a value: --out=DIR"},
    {"run joma/erf --resume=1", 64, "run: --resume takes no value"},
    {"run joma/erf --help=1", 64, "run: --help takes no value"},
    {"run joma/erf --threads=0", 64, "--threads=0: expected an integer in [1, 4096]"},
    {"verify -T nan", 64, "--tolerance-scale=nan: expected a finite number > 0"},
    {"report --jobs 99999", 64, "--jobs=99999: expected an integer in [1, 4096]"},
    /* empty names */
    {"run joma/erf --out ''", 64, "run: --out is empty: expected --out=DIR"},
    {"report --out=", 64, "report: --out is empty"},
    {"verify lowrank/memory -o ''", 64, "verify: --out is empty"},
    {"verify lowrank/memory --json ''", 64, "verify: --json is empty"},
    {"plot x --out ''", 64, "plot: --out is empty"},
    {"sweep lowrank/memory r=1,2 --store ''", 64, "sweep: --store is empty"},
    {"sweep lowrank/memory r=1,2 --csv ''", 64, "sweep: --csv is empty"},
    /* what does not apply */
    {"sweep lowrank/memory r=1,2 --file x.sweep --dry-run", 66, "x.sweep"},
    {"sweep lowrank/memory r=1,2 --file there.sweep --dry-run", 64, "leave out lowrank/memory"},
    {"sweep lowrank/memory r=1,2 --random --dry-run", 64, "add --sample N"},
    {"sweep lowrank/memory r=1,2 --over nokey --grouped g.csv", 64, "has no parameter 'nokey'"},
    {"sweep lowrank/memory r=1,2 --over shap --grouped g.csv", 64, "did you mean 'shape'?"},
    {"verify --list --junit x.xml", 64, "--junit does not apply to --list"},
    {"verify --list --preset nope", 64, "--preset does not apply to --list"},
    {"verify --list r=1", 64, "r=1: --list runs nothing"},
    {"verify joma/erf --exclude 'joma/*'", 64, "nothing is left: --exclude leaves out all"},
    {"verify --list joma/erf --exclude 'joma/*'", 64, "nothing is left"},
    {"verify 'nope*'", 64, "no id of an experiment or a check matches 'nope*'"},
    {"describe C12.monoton", 64, "there is no check 'C12.monoton'; did you mean 'C12.monotone'?"},
    {"verify --list nope 'joma/*'", 64, "there is no experiment 'nope' (attndyn list)"},
    {"list nope 'joma/*'", 64, "there is no experiment 'nope' (attndyn list)"},
    /* before the work */
    {"sweep lowrank/memory r=1,2 --csv no/where.csv", 74, "cannot write no/where.csv"},
    {"sweep lowrank/memory r=1,2 --grouped /tmp", 74, "/tmp: it is a folder"},
};

TEST(mistakes_are_one_line_before_any_work) {
    char line[300];
    shell("echo 'experiment = lowrank/memory\nr = 1,2' > there.sweep", "");
    snprintf(line, sizeof line, "\"$P\" %s", wrong[_i].arguments);
    struct outcome o = shell_ends(line, wrong[_i].code, wrong[_i].said);
    ck_assert_msg(strchr(o.text, '\n') == o.text + strlen(o.text) - 1, "%s", o.text);
    ck_assert_msg(strncmp(o.text, "attndyn: ", 9) == 0, "%s", o.text);
    shell("ls", "there.sweep\n");
    ck_assert_str_eq(shell("ls", "").text, "there.sweep\n");
}

TEST(options_are_read_as_ever) {
    shell("\"$P\" run -? | head -n 1", "Usage: attndyn run [OPTION...] ID");
    shell("\"$P\" run --usage", "[--save-every=SECONDS]");
    shell("\"$P\" run --hel", "Usage: attndyn run");
    shell_ends("\"$P\" run --help > /dev/full", 74, "cannot write to standard output");
    shell("\"$P\" run -no a -- lowrank/memory r=3", "written to a");
    shell_ends("\"$P\" run r=1 lowrank/memory", 64, "run takes an experiment's id");
    shell("\"$P\" run lowrank/memory --no-p --out=b r=4 && grep -h '^r ' b/params.conf", "r = 4");
}

TEST(plots_say_what_they_ignore) {
    shell("\"$P\" run joma/erf --preset quick --no-plot --out \"it's\"", "written to it's");
    shell_ends("\"$P\" plot \"it's\" --scalar foo", 64,
               "--scalar does not apply to a run's folder");
    shell("\"$P\" plot \"it's\" --out \"els'e/where\" && ls els*/where/*.svg", ".svg");
    shell_ends("ls it*/*.svg", 2, "");
    shell("\"$P\" sweep lowrank/memory r=1,2 seed=1,2 --store s.db || \"$P\" sweep lowrank/memory "
          "r=1,2 shape=60M,130M --store s.db",
          "4 ended now");
    shell_ends("\"$P\" plot s.db --over shap", 64, "s.db has no 'shap'; did you mean 'shape'?");
    shell_ends("\"$P\" plot s.db --over nonsense", 64, "s.db has no 'nonsense'; it has ");
    shell_ends("\"$P\" plot s.db --scalar galore_byte", 64, "did you mean 'galore_bytes'?");
    shell_ends("\"$P\" plot s.db --contours 1,2", 64, "add --heatmap X,Y");
    shell("\"$P\" plot s.db --over shape --scalar galore_bytes --out f", "1 figure drawn in f");
}

TEST(resume_draws_what_was_not_drawn) {
    shell_ends("\"$P\" run joma/erf --preset quick --no-plot --out a && ls a/*.svg", 2,
               "written to a");
    shell_ends("\"$P\" run joma/erf --preset quick --resume --no-plot --out a && ls a/*.svg", 2,
               "already holds this run");
    shell("\"$P\" run joma/erf --preset quick --resume --out a && ls a/*.svg",
          "already holds this run");
}

/* Long and short, of every command; the completion asks the program itself. */
TEST(every_option_is_in_the_man_page) {
    struct outcome o = program_says(
        folder,
        "sed 's/[\\]//g' docs/attndyn.1 | grep '^.BR' | tr -s ' ,\"' '\\n' | grep '^-' > $F/man; "
        "for c in list describe run sweep verify report plot; do \"$P\" $c --help | "
        "grep -oE '^ +(-.,)? +--[a-z-]+' | tr -s ' ,' '\\n' | grep '^-'; done > $F/help; "
        "sort -u $F/help | grep -vxF -f $F/man; wc -l < $F/help",
        0, "");
    ck_assert_msg(atoi(o.text) >= 80, "not in docs/attndyn.1, or too few at all: %s", o.text);
}

/* If the second experiment of a program fails, the list of times is not written, and that is
 * reported. */
TEST(times_name_what_fails) {
    program_says(folder,
                 "printf '#!/bin/sh\\n[ $1 != list ] || { echo a/one; echo b/two; exit; }\\n"
                 "[ $ATTNDYN_NETWORKS = none ] || { echo warm >&2; exit 2; }\\n"
                 "[ $2 = a/one ] || { echo no >&2; exit 2; }\\n' > $F/p; chmod +x $F/p; "
                 "sh experiments/frame/run/quick_seconds.sh $F/p",
                 1, "b/two failed: no\nquick-seconds: no list, as these failed: b/two");
}

TCASE(cli_options) {
    in_a_folder(tcase, 60);
    tcase_add_each(tcase, mistakes_are_one_line_before_any_work, wrong);
    tcase_add_tests(tcase, options_are_read_as_ever, times_name_what_fails,
                    every_option_is_in_the_man_page, plots_say_what_they_ignore,
                    resume_draws_what_was_not_drawn);
}
