/* attndyn report from outside: the same bytes again, and going on after an interruption. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("cli-report");

#define SMALL "scansnap/frozen-decoder joma/erf lowrank/memory"
/* Except for timing.json, which holds times. */
#define SAME "diff -r --exclude=timing.json --exclude=resume"

#define TRAINING                                                                                   \
    "$P report lm/wikitext-entropy -j 1 --out a text=t width=16 hidden=16 minibatches=400 "        \
    "window=1 length=8 columns=5 valid_columns=5"
TEST(the_same_report_has_the_same_bytes) {
    shell("$P report " SMALL " --out a -j 1", "a/index.html");
    shell("$P report " SMALL " --out b -j 2", "b/index.html");
    shell(SAME " a b && echo same", "same");
    shell("ls a", "scan-and-snap.html");
}

TEST(finished_runs_are_kept) {
    shell("$P report " SMALL " --out a && cp -r a b", "index.html");
    shell("$P report " SMALL " --out b", "3 of 3 experiments stood finished");
    shell(SAME " a b && echo same", "same");
    shell("echo 1 >> b/joma/erf/state.csv; rm b/lowrank/memory/*.svg; $P report " SMALL " --out b",
          "2 of 3 experiments stood finished");
    shell(SAME " a b && echo same", "same");
    /* other parameters are another run */
    shell_ends("$P report " SMALL " points=101 t_end=1 --out b", 64,
               "holds another run: it has 't_end = ");
    shell(SAME " a b && echo same", "same");
    shell("$P report " SMALL " points=101 t_end=1 --overwrite --out b",
          "1 of 3 experiments stood finished");
    shell_ends("$P report " SMALL " --fresh --overwrite --out b | grep -c finished", 1, "0");
    shell(SAME " a b && echo same", "same");
}

TEST(an_absent_preset_is_said_in_words) {
    shell("$P report scansnap/frozen-decoder joma/erf --preset paper --out a", "index.html");
    shell("cat a/index.html", "");
    shell("grep -h 'no preset' a/index.html", "1 experiment has no preset <code>paper</code>");
    shell("grep -h 'no preset' a/joma.html", "is its preset <code>quick</code>");
    shell("grep -h 'attndyn run' a/*.html", "attndyn run joma/erf --preset quick");
    shell("grep -h 'attndyn run' a/*.html", "attndyn run scansnap/frozen-decoder --preset paper");
    shell_ends("$P report joma/erf --preset papr --out b", 64, "did you mean 'paper'");
}

/* Interrupted once the first run is done: exit code 130, finished runs are kept, no report is
 * written. The same command then goes on and gives what an uninterrupted one does. */
TEST(an_interrupted_report_goes_on) {
    const char *two =
        "env --default-signal=INT $P report scansnap/overview scansnap/lr-ratio --out a";
    char line[1000];
    snprintf(line, sizeof line,
             "%s & run=$!; n=0; while [ ! -e a/scansnap/overview/run.json ] && [ $n -lt 1200 ]; "
             "do sleep 0.05; n=$((n+1)); done; kill -INT $run; wait $run",
             two);
    shell_ends(line, 130, "the same command goes on from there");
    shell("ls a/scansnap/overview; ls a", "run.json");
    shell("test ! -e a/index.html && test ! -e a/scansnap/lr-ratio/run.json && echo none", "none");
    shell(two, "1 of 2 experiments stood finished");
    shell("$P report scansnap/overview scansnap/lr-ratio --out b", "index.html");
    shell(SAME " a b && echo same", "same");
}

/* Killed in the middle of a training: the same command continues it and gives the same bytes as an
 * undisturbed report; a damaged part is run again, with a message. */
TEST(a_killed_training_goes_on) {
    const char *start =
        "$P report lm/wikitext-entropy -j 1 --out a --save-every 0.01 > log 2>&1 & run=$!; n=0; "
        "while [ ! -e a/lm/wikitext-entropy/checkpoint.safetensors ] && [ $n -lt 1200 ]; do "
        "sleep 0.05; n=$((n+1)); done; kill -KILL $run; wait $run 2> killed";
    const char *again = "$P report lm/wikitext-entropy -j 1 --out a";
    shell_ends(start, 128 + 9, "");
    shell("test -e a/lm/wikitext-entropy/run.json || echo part", "part");
    shell(again, "1 of 1 went on from where they had been stopped");
    shell("$P report lm/wikitext-entropy -j 1 --out b", "index.html");
    shell(SAME " a b && echo same", "same");
    shell("ls b/lm/wikitext-entropy", "run.json");
    shell("test ! -e b/lm/wikitext-entropy/checkpoint.safetensors && echo none", "none");
    shell("rm -r a", "");
    shell_ends(start, 128 + 9, "");
    shell("truncate -s 100 a/lm/wikitext-entropy/checkpoint.safetensors", "");
    shell(again, "it starts over");
    shell(SAME " a b && echo same", "same");
}

/* If the text of a killed training cannot be read, what is saved of the training is kept, and
 * continued once the text is back. */
TEST(a_text_that_is_away_costs_nothing) {
    const char *start = SPLITS("t", "400") TRAINING
        " --save-every 0.01 > log 2>&1 & run=$!; n=0; "
        "while [ ! -e a/lm/wikitext-entropy/checkpoint.safetensors ] && [ $n -lt 1200 ]; do "
        "sleep 0.05; n=$((n+1)); done; kill -KILL $run; wait $run 2> killed";
    shell_ends(start, 128 + 9, "");
    shell_ends("mv t u; " TRAINING, 66, "cannot read");
    shell("ls a/lm/wikitext-entropy", "checkpoint.safetensors");
    shell("mv u t; " TRAINING " || test $? = 1", "1 of 1 went on from where they had been stopped");
}

/* Verdicts are printed before figures are drawn, even if gnuplot fails. */
TEST(a_figure_costs_no_verdict) {
    shell("command -v gnuplot >/dev/null || { echo gnuplot warns, C4.no-overlap; exit; }; "
          "$P run scansnap/flow num_common=0 --out flat && test -s flat/flow.svg",
          "gnuplot warns");
    shell_ends("PATH= $P run joma/erf --preset quick --out a", 2, "J2g.entropy-falls");
    shell_ends("PATH= $P run joma/erf --preset quick --out a", 2, "install gnuplot-nox (`run");
    shell("$P run joma/erf --preset quick --out a --resume --no-plot", "already holds");
    shell_ends("PATH= $P report " SMALL " --out r", 2,
               "0 fail, 0 outside, 0 skipped, 0 runs broken");
    shell("grep -c 'Not drawn' r/joma.html", "1");
    shell("command -v gnuplot >/dev/null || { echo same; exit; }; "
          "$P report " SMALL " --out r && $P report " SMALL " --out s && " SAME " r s && echo same",
          "same");
}

TCASE(cli_report) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, the_same_report_has_the_same_bytes, finished_runs_are_kept,
                    an_absent_preset_is_said_in_words, an_interrupted_report_goes_on,
                    a_killed_training_goes_on, a_text_that_is_away_costs_nothing,
                    a_figure_costs_no_verdict);
}
