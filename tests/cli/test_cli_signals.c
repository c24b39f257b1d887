/* Signals: whatever would end a training makes it save; what the caller ignores stays ignored. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("cli-signals");

#define TRAINING "$P run lm/wikitext-entropy --preset quick --no-plot --save-every 0.01 --out o "
#define UNTIL_SAVED                                                                                \
    "n=0; until [ -e o/checkpoint.safetensors ] || [ $n = 600 ]; do sleep 0.05; n=$((n+1)); done; "

/* In a shell's background jobs INT and QUIT are ignored, and HUP under nohup: the tests may run
 * that way. */
#define HEEDFUL "env --default-signal "

static const char *const signals[] = {"HUP",  "INT",  "QUIT",   "TERM", "ALRM", "USR1",    "USR2",
                                      "XCPU", "PROF", "VTALRM", "IO",   "PWR",  "RTMIN+3", "RTMAX"};

TEST(every_ending_signal_saves) {
    char line[900];
    snprintf(line, sizeof line,
             HEEDFUL TRAINING "minibatches=2000000 > said 2>&1 & p=$!; " UNTIL_SAVED
                              "kill -%s $p; wait $p; code=$?; cat said; exit $code",
             signals[_i]);
    shell_ends(line, 130, "--resume goes on");
    shell("ls o", "checkpoint.safetensors");
}

/* A limit on processor time: the soft limit sends a signal, the hard one kills. */
TEST(a_limit_on_time_saves) {
    shell_ends("ulimit -S -t 1; " TRAINING
               "minibatches=2000000 > said 2>&1; code=$?; cat said; exit $code",
               130, "--resume goes on");
}

/* As set by nohup and by a script's &. */
TEST(ignored_signals_stay_ignored) {
    shell(TRAINING "> /dev/null && mv o whole", "");
    shell(
        "trap '' HUP INT QUIT TERM USR1 ALRM; " TRAINING "> said 2>&1 & p=$!; " UNTIL_SAVED
        "for s in HUP INT QUIT TERM USR1 ALRM HUP INT; do kill -$s $p; done; wait $p; code=$?; cat said; "
        "diff -r -x timing.json o whole && echo as whole; exit $code",
        "as whole");
}

TCASE(cli_signals) {
    in_a_folder(tcase, 60);
    tcase_add_each(tcase, every_ending_signal_saves, signals);
    tcase_add_tests(tcase, a_limit_on_time_saves, ignored_signals_stay_ignored);
}
