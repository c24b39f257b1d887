/* Input files that change between two calls; mistyped words, which leave everything as it
 * stands. */
#include "experiments/frame/run/inputs.h"
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("cli-inputs");

/* Texts of the same length, one word apart. */
#define TEXT(name, word) WORDS("4000", word) " > " name "; "

TEST(a_changed_text_is_another_run) {
    const char *run = "$P run scansnap/text text=t --no-plot --out a --resume";
    shell(TEXT("t", ".") "$P run scansnap/text text=t --no-plot --out a", "written to a");
    shell(run, "already holds this run");
    shell("mv t u; $P run scansnap/text text=t --no-plot --out a --resume",
          "already holds this run");
    shell(TEXT("t", "x"), "");
    shell(run, "written to a");
    shell(run, "already holds this run");
    shell("$P run scansnap/text text=t --no-plot --out b", "");
    shell("diff -r -x timing.json a b && echo same", "same");
}

TEST(a_changed_text_is_another_report) {
    const char *report = "$P report scansnap/text text=t --out a";
    shell_ends(TEXT("t", ".") "$P report scansnap/text text=t --out a | grep -c finished", 1, "0");
    shell(report, "1 of 1 experiments stood finished");
    shell(TEXT("t", "x"), "");
    shell_ends("$P report scansnap/text text=t --out a | grep -c finished", 1, "0");
    shell(report, "1 of 1 experiments stood finished");
}

TEST(a_changed_text_is_another_sweep) {
    const char *sweep = "$P sweep scansnap/text text=t seed=1,2 --store s.db --csv s.csv";
    shell(TEXT("t", ".") "$P sweep scansnap/text text=t seed=1,2 --store s.db", "2 ended now");
    shell("mv t u", "");
    shell(sweep, "2 had ended before, 0 ended now");
    shell(TEXT("t", "x"), "");
    shell_ends(sweep, 64, "holds another sweep: its inputs say 'text t: ");
    /* named in an axis */
    shell("$P sweep scansnap/text text=t,u --store x.db", "2 ended now");
    shell_ends("cp t u; $P sweep scansnap/text text=t,u --store x.db", 64,
               "its inputs say 'text u");
}

TEST(a_folder_is_its_splits) {
    const char *sweep = "$P sweep lm/wikitext-entropy text=d lr=1e-3,1e-2 width=8 hidden=8 "
                        "minibatches=4 window=1 length=8 columns=5 valid_columns=5 --store s.db";
    shell(SPLITS("d", "4000"), "");
    shell(sweep, "2 ended now");
    shell("echo not a split > d/README", "");
    shell(sweep, "2 had ended before");
    shell("echo w1 >> d/valid.txt", "");
    shell_ends(sweep, 64, "its inputs say 'text d: ");
    /* the parameter's former name, and a single file that is split */
    shell("$P run lm/wikitext-entropy data=d/train.txt width=8 hidden=8 minibatches=4 window=0 "
          "length=8 columns=5 valid_columns=5 --no-plot --out o 2>&1",
          "attndyn: command line: data is now called text");
    shell("cat o/params.conf", "text = d/train.txt");
}

/* A pipe can be read once: after it was hashed it would be empty. */
TEST(pipes_are_refused_in_words) {
    shell_ends(
        TEXT("t",
             ".") "mkfifo p; (cat t > p &) ; $P run scansnap/text text=p --out a; code=$?; cat p > "
                  "/dev/null; exit $code",
        64, "text=p is a pipe: an input is read more than once, save it to a file first");
    shell_ends("cat t | $P run scansnap/text text=/dev/stdin --out a", 64,
               "text=/dev/stdin is a pipe");
    shell_ends("cat t | $P verify scansnap/text text=/dev/stdin", 64, "text=/dev/stdin is a pipe");
    shell_ends("cat t | $P sweep scansnap/text text=t,/dev/stdin --store s.db", 64, "is a pipe");
    shell_ends("$P run scansnap/text text=/dev/null --out a", 64, "text=/dev/null is a device");
    shell_ends("cat t | $P run scansnap/flow data=file data_file=/dev/fd/0 --out a", 64,
               "is a pipe");
    shell_ends("ls -d a", 2, "");
    shell("$P run scansnap/text text=/dev/stdin --no-plot --out a < t && $P run scansnap/text "
          "text=/dev/stdin --resume --no-plot --out a < t",
          "already holds this run");
    /* a --config is read only once, so a pipe is fine */
    shell(
        "echo 'r = 3' | $P run lowrank/memory --config /dev/stdin --no-plot --out b && grep '^r =' "
        "b/params.conf",
        "r = 3");
    shell(
        "printf 'experiment = lowrank/memory\\nr = 1:3\\n' | $P sweep --file /dev/stdin --store q.db",
        "3 ended now");
}

/* To open one would wait for somebody to write. */
TEST(a_pipe_is_no_store) {
    shell_ends("mkfifo p; timeout 20 $P export p", 66, "p is no store of a sweep: it is a pipe");
    shell_ends("timeout 20 $P plot p", 66, "p is no store of a sweep");
    shell_ends("timeout 20 $P sweep lowrank/memory r=1,2 --store s.db --merge p", 66, "no store");
    shell_ends("timeout 20 $P sweep lowrank/memory r=1,2 --store p", 64, "a store is a file");
    shell_ends("$P export .", 66, ". is no store of a sweep: it is a folder");
    shell_ends("head -c 4096 /dev/zero > z; : > e; $P export e", 66,
               "e is no store of a sweep: it is empty");
    shell_ends("$P plot e --out f", 66, "e is no store of a sweep: it is empty");
    shell_ends("$P export z", 66, "store z: file is not a database (this is no SQLite file)");
}

/* Of two values the last one counts where that is said; a sweep and a file have none too many. */
TEST(nothing_is_given_twice_in_silence) {
    shell(
        "$P run lowrank/memory r=4 r=8 --no-plot --out b 2>&1 >/dev/null; grep '^r =' b/params.conf; rm -r b",
        "command line: r is given twice: the last value counts\nr = 8");
    shell("$P verify 'lowrank/mem*' r=4 d=8 r=4 2>&1 >/dev/null", "r is given twice: the last");
    shell_ends("$P sweep lowrank/memory r=4 r=8 --store s.db", 64, "r is given twice");
    shell_ends("$P sweep lowrank/memory r=4,8 r=8 --store s.db", 64, "r is given twice");
    shell_ends("printf 'r = 4\nd = 8\nr = 8\n' > c; $P run lowrank/memory --config c --out a", 64,
               "c:3: r stands in line 1, too");
    shell("ls", "c");
    shell("echo r = 4 > c; $P run lowrank/memory --config c r=8 --no-plot --out a", "written");
    shell("$P sweep lowrank/memory --config c r=8,16 --store s.db", "2 ended now");
}

/* As Windows' editors save them. */
TEST(lists_of_known_failures_have_any_line_ends) {
    shell(
        "printf '\357\273\277MEM.order it is tried\r\n\r\n' > k; $P verify lowrank/memory --known k",
        "it was known to fail (it is tried)");
    shell_ends("iconv -f UTF-8 -t UTF-16 k > w; $P verify lowrank/memory --known w", 66,
               "w: UTF-16: save it as");
}

TEST(an_input_that_changes_meanwhile) {
    shell_ends(
        TEXT(
            "t",
            ".") "$P run scansnap/text text=t t_end=1e7 rtol=1e-12 --no-plot --out a > said 2>&1 & p=$!; "
                 "while kill -0 $p 2> /dev/null; do touch t; done; wait $p; code=$?; cat said; exit $code",
        66, "an input was changed while the run read it");
}

TEST(what_agrees) {
    ck_assert(inputs_agree("", ""));
    ck_assert(inputs_agree("a f: 1 bytes, fnv1a 2\n", "a f: 1 bytes, fnv1a 2\n"));
    ck_assert(inputs_agree("a f: 1 bytes, fnv1a 2\nb g: 3\n", "a f: away\nb g: 3\n"));
    ck_assert(
        inputs_agree("a f: 1 bytes, fnv1a 2\nb g: 3\n", "a f: 1 bytes, fnv1a 2\nb g: away\n"));
    ck_assert(!inputs_agree("a f: 1 bytes, fnv1a 2\n", "a f: 1 bytes, fnv1a 3\n"));
    ck_assert(!inputs_agree("a f: 1 bytes, fnv1a 2\nb g: 3\n", "a f: away\nb g: 4\n"));
    ck_assert(!inputs_agree("", "a f: 1 bytes, fnv1a 2\n"));
    ck_assert(!inputs_agree("a f: 1 bytes, fnv1a 2\n", ""));
    ck_assert(!inputs_agree("a f: 1\n", "a f: 1\nb g: 2\n"));
}

TEST(a_mistyped_report_leaves_the_old_one) {
    shell("$P report lowrank/memory --out a", "a/index.html");
    shell_ends("$P report --preset qick --out a", 64, "did you mean 'quick'");
    shell_ends("$P report nope --out a", 64, "there is no experiment 'nope'");
    shell_ends("$P report lowrank/memory shap=60M --out a", 64,
               "shap=60M: none of these experiments has such a parameter; did you mean 'shape'?");
    shell("ls a", "index.html");
}

/* What went wrong is one line on stderr, even if the verdicts go to a file. */
TEST(verify_says_what_went_wrong) {
    shell_ends("$P verify lowrank/memory shap=60M", 64, "did you mean 'shape'?");
    shell_ends("$P verify lowrank/memory --preset papr", 64,
               "lowrank/memory has no preset 'papr'; did you mean 'paper'?");
    shell_ends("$P verify scansnap/text text=/nonexistent 2>&1 >/dev/null", 66,
               "attndyn: scansnap/text: cannot read /nonexistent");
    shell_ends(
        "env --default-signal=INT $P verify 'scansnap/*' 'joma/*' 2>said >/dev/null & p=$!; " UNTIL_IT_HEEDS(
            "$p") "kill -INT $p; wait "
                  "$p; code=$?; cat said; exit $code",
        130, "attndyn: interrupted: ");
}

/* A study of several seeds has `seed` beside `seeds`: neither is ignored. */
TEST(a_seed_moves_the_listed_ones) {
    shell("one() { ATTNDYN_NETWORKS=none $P run -n cache/heavy-hitters updates=20 width=16 heads=2 "
          "lines=300 length=16 streams=4 budgets=0.3 control=false seeds=$1 seed=$2 --out $F/$1-$2 "
          ">$F/said 2>&1 || cat $F/said; }; one 3 1; one 1 3; one 1 1; "
          "cmp $F/3-1/losses.csv $F/1-3/losses.csv && ! cmp -s $F/1-1/losses.csv $F/1-3/losses.csv "
          "&& echo moved",
          "moved");
}

TCASE(cli_inputs) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, a_changed_text_is_another_run, a_changed_text_is_another_report,
                    a_changed_text_is_another_sweep, a_folder_is_its_splits,
                    pipes_are_refused_in_words, a_pipe_is_no_store,
                    nothing_is_given_twice_in_silence, lists_of_known_failures_have_any_line_ends,
                    an_input_that_changes_meanwhile, what_agrees,
                    a_mistyped_report_leaves_the_old_one, verify_says_what_went_wrong,
                    a_seed_moves_the_listed_ones);
}
