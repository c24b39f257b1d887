/* Trainings that grow: a longer one goes on from the end of a shorter one. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("horizon");

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
        "r() { $P run %s --no-plot \"$@\" >> log 2>&1; }; r %s=60 --out whole && r %s=30 --out "
        "cut && r %s=45 --resume --out cut && r %s=60 --resume --out cut && diff -rq -x "
        "timing.json whole cut && r %s=30 && r %s=45 --resume && $P run %s --no-plot "
        "%s=60 --resume > log.60 && grep -c 'goes on from out/' log.60 && diff -rq -x timing.json whole "
        "out/*/*/latest/ && ls -d out/*/*/*/ | wc -l && echo identical || { cat log; false; }",
        runs[_i], steps, steps, steps, steps, steps, steps, runs[_i], steps);
    shell(line, "identical");
}

TEST(what_cannot_be_longer_is_said) {
    shell_ends("$P run lm/sparsity --preset quick minibatches=30 at=0,5 --no-plot --out a > "
               "/dev/null && $P run lm/sparsity --preset quick minibatches=20 at=0,5 --no-plot "
               "--out a --resume",
               64,
               "it has 'minibatches = 30', asked for is 'minibatches = 20' (it has gone further)");
    shell_ends("$P run lm/sparsity --preset quick minibatches=40 at=0,5 --no-plot --out a", 64,
               "holds another run: a shorter one: --resume goes on from it");
    shell_ends("$P run lm/sparsity --preset quick minibatches=40 at=0,5 lr=2e-3 --no-plot --out "
               "a --resume",
               64, "asked for is");
    shell_ends("$P run lowrank/train --preset quick updates=20 --no-plot --out b > /dev/null && "
               "$P run lowrank/train --preset quick updates=30 --no-plot --out b --resume",
               64, "rates that fall towards the last update");
    shell_ends("$P run lm/hierarchy --preset quick hidden=64 width=32 seeds=1 controls=1 steps=30 "
               "--no-plot --out d > /dev/null && $P run lm/hierarchy --preset quick hidden=64 "
               "width=32 seeds=1 controls=1 steps=60 --no-plot --out d --resume",
               64, "spread up to the last step");
    shell_ends("$P run lm/joma-real --preset quick minibatches=10 looks=5 --no-plot --out c > "
               "/dev/null && $P run lm/joma-real --preset quick minibatches=20 looks=5 --no-plot "
               "--out c --resume",
               64, "of which only the last one's network stands");
}

TCASE(cli_horizon) {
    in_a_folder(tcase, 120);
    tcase_add_loop_test(tcase, a_horizon_grows, 0, 4);
    tcase_add_test(tcase, what_cannot_be_longer_is_said);
}
