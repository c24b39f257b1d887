/* Trainings that grow: a longer one goes on from the end of a shorter one. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

static char folder[64];

static void set_up(void) {
    folder_make(folder, "horizon");
}
static void tear_down(void) {
    folder_remove(folder);
}

/* A longer run goes on from the end of a shorter one, in its folder or in one of its own. */
TEST(a_horizon_grows) {
    static const char *const runs[] = {"lm/wikitext-entropy --preset quick",
                                       "lm/wikitext-attention --preset quick maps=0,5",
                                       "lm/sparsity --preset quick at=0,5,30 method=galore gap=7",
                                       "lm/embedding-geometry --preset quick at=0,5,30"};
    char line[900];
    const char *steps = "minibatches";
    snprintf(
        line, sizeof line,
        "r() { $P run %s --no-plot \"$@\" >> $F/log 2>&1; }; r %s=60 --out $F/whole && r %s=30 --out "
        "$F/cut && r %s=45 --resume --out $F/cut && r %s=60 --resume --out $F/cut && diff -rq -x "
        "timing.json $F/whole $F/cut && cd $F && r %s=30 && r %s=45 --resume && $P run %s --no-plot "
        "%s=60 --resume > log.60 && grep -c 'goes on from out/' log.60 && diff -rq -x timing.json whole "
        "out/*/*/latest/ && ls -d out/*/*/*/ | wc -l && echo identical || { cat $F/log; false; }",
        runs[_i], steps, steps, steps, steps, steps, steps, runs[_i], steps);
    program_says(folder, line, 0, "identical");
}

TEST(what_cannot_be_longer_is_said) {
    program_says(
        folder,
        "$P run lm/sparsity --preset quick minibatches=30 at=0,5 --no-plot --out $F/a > "
        "/dev/null && $P run lm/sparsity --preset quick minibatches=20 at=0,5 --no-plot "
        "--out $F/a --resume",
        64, "it has 'minibatches = 30', asked for is 'minibatches = 20' (it has gone further)");
    program_says(folder,
                 "$P run lm/sparsity --preset quick minibatches=40 at=0,5 --no-plot --out $F/a", 64,
                 "holds another run: a shorter one: --resume goes on from it");
    program_says(folder,
                 "$P run lm/sparsity --preset quick minibatches=40 at=0,5 lr=2e-3 --no-plot --out "
                 "$F/a --resume",
                 64, "asked for is");
    program_says(
        folder,
        "$P run lowrank/train --preset quick updates=20 --no-plot --out $F/b > /dev/null && "
        "$P run lowrank/train --preset quick updates=30 --no-plot --out $F/b --resume",
        64, "rates that fall towards the last update");
    program_says(
        folder,
        "$P run lm/hierarchy --preset quick hidden=64 width=32 seeds=1 controls=1 steps=30 "
        "--no-plot --out $F/d > /dev/null && $P run lm/hierarchy --preset quick hidden=64 "
        "width=32 seeds=1 controls=1 steps=60 --no-plot --out $F/d --resume",
        64, "spread up to the last step");
    program_says(folder,
                 "$P run lm/joma-real --preset quick minibatches=10 looks=5 --no-plot --out $F/c > "
                 "/dev/null && $P run lm/joma-real --preset quick minibatches=20 looks=5 --no-plot "
                 "--out $F/c --resume",
                 64, "of which only the last one's network stands");
}

TCASE(cli_horizon) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_horizon_grows, 0, 4);
    tcase_add_test(tcase, what_cannot_be_longer_is_said);
}
