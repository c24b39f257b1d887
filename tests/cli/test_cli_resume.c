/* Trainings that are killed at random times and taken up again: the folder of a run that was never
 * stopped, byte for byte. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TESTS_IN_A_FOLDER("cli-resume");

static void keep_no_networks(void) {
    setenv("ATTNDYN_NETWORKS", "none", 1); /* what a run needs it trains itself */
}

static const struct {
    const char *id, *settings;
} trainings[] = {
    {"lm/wikitext-entropy", "--preset quick"},
    {"lm/wikitext-attention", "--preset quick"},
    {"lm/sparsity", "--preset quick"},
    {"lm/embedding-geometry", "--preset quick"},
    {"lm/wikitext-entropy", "--preset quick clip=0 per_layer=true method=galore optimizer=adam8bit "
                            "gap=7 min_8bit=64 staggered=true moments=rotated"},
    {"lm/wikitext-entropy", "--preset quick method=relora merge=10"},
    /* several networks, one after the other */
    {"lowrank/train", "--preset quick updates=60"},
    {"lowrank/pretraining", "--preset quick widths=16 rates=2e-2 lines=400"},
    {"lowrank/ablation", "--preset quick updates=25"},
    {"lowrank/finetuning", "rates=0.06 seeds=1 updates=200 windows=2"},
    {"lowrank/gradients", "--preset quick updates=60 gap=15 join_steps=20"},
    {"lowrank/throughput", "--preset quick updates=16"},
    {"lm/hierarchy", "--preset quick hidden=64 width=32 steps=150 seeds=2 controls=2"},
    {"lm/hierarchical-tree", "--preset quick steps=100 evaluation=128"},
    {"lm/joma-real", "--preset quick minibatches=40 looks=5"},
    {"lm/hierarchy", "--preset quick hidden=64 width=32 steps=100 seeds=2 controls=2 method=galore "
                     "optimizer=adam8bit gap=7 min_8bit=64 staggered=true moments=reset "
                     "per_layer=true"},
    {"lm/hierarchical-tree", "--preset quick steps=60 evaluation=128 optimizer=adafactor "
                             "method=galore rank=1 gap=9 projection=left"},
    {"lm/joma-real", "--preset quick minibatches=30 looks=5 optimizer=adamw method=relora merge=8 "
                     "rewarm=3 weight_decay=0.01"},
    {"cache/backcopy", "updates=100 flow_end=10 streams=2 contexts=2 seeds=1,2"},
    {"cache/recall", "updates=100 streams=12 seeds=1,2"},
    {"cache/sinks", "updates=40 width=16 heads=2 lines=200 length=16 streams=3 looks=3 seeds=1,2"},
    /* in stages */
    {"cache/streaming", "updates=60 width=16 heads=2 lines=300 length=16 streams=2 contexts=3 "
                        "long_contexts=4 seeds=1,2"},
    {"cache/heavy-hitters", "updates=60 width=16 heads=2 lines=300 length=16 streams=4 budgets=0.3 "
                            "seeds=1,2"},
};

static void nap(double seconds) {
    struct timespec t = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};
    nanosleep(&t, NULL);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Starts the training in <folder>/<out>; after `seconds` it is sent the signal. Its exit code, or
 * 128 + signal. */
static int run_for(int i, const char *out, const char *more, double seconds, int with) {
    char command[600], log[96];
    const char *program = getenv("ATTNDYN_PROGRAM");
    snprintf(command, sizeof command, "exec %s run %s %s --no-plot --out %s/%s %s",
             program ? program : "build/attndyn", trainings[i].id, trainings[i].settings, folder,
             out, more);
    snprintf(log, sizeof log, "%s/log", folder);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int to = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(to, STDOUT_FILENO);
        dup2(to, STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int how;
    if (seconds > 0) {
        nap(seconds);
        kill(child, with);
    }
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}

static bool log_says(const char *what) {
    char command[256];
    snprintf(command, sizeof command, "grep -qe '%s' %s/log", what, folder);
    return system(command) == 0;
}

/* Killed between its last save and its record: what is taken up has nothing left to compute. */
static void assert_taken_up_at_its_end(int i) {
    folder_does(folder, "cp -r whole end && rm end/run.json");
    ck_assert_int_eq(run_for(i, "end", "--resume", 0, 0), 0);
    folder_same(folder, "whole", "end");
}

TEST(killed_at_random_times) {
    unsigned state = 12345u + (unsigned)_i;
    double started = now();
    ck_assert_int_eq(run_for(_i, "whole", "", 0, 0), 0);
    double whole = now() - started;
    int kills = 0, code = -1;
    for (int run = 0; run < 60 && code != 0; run++) {
        state = state * 1103515245u + 12345u;
        double after = whole * (0.1 + 0.5 * (double)(state >> 16 & 1023) / 1023);
        code = run_for(_i, "cut", "--resume --save-every 0.01", run < 4 ? after : 0, SIGKILL);
        ck_assert_msg(code == 0 || code == 128 + SIGKILL, "exit %d", code);
        kills += code != 0;
    }
    ck_assert_int_eq(code, 0);
    ck_assert_int_gt(kills, 0);
    folder_same(folder, "whole", "cut");
    ck_assert_int_eq(run_for(_i, "cut", "--resume", 0, 0), 0);
    ck_assert(log_says("already holds this run"));
    assert_taken_up_at_its_end(_i);
}

/* Ctrl-C before anything was saved: the progress is saved then. As the machine may be busy, the
 * signal is sent at several times until one hits the training. */
TEST(interrupted) {
    static const double at[] = {0.5, 0.7, 0.3, 0.8, 0.6, 0.9};
    double started = now();
    ck_assert_int_eq(run_for(0, "whole", "", 0, 0), 0);
    double whole = now() - started;
    bool saved = false;
    for (size_t k = 0; k < sizeof at / sizeof *at && !saved; k++) {
        folder_does(folder, "rm -rf cut");
        int code = run_for(0, "cut", "", at[k] * whole, SIGINT);
        ck_assert_msg(code == 0 || code == 130, "exit %d", code);
        saved = code == 130 && log_says("--resume goes on");
    }
    ck_assert(saved);
    ck_assert_int_eq(run_for(0, "cut", "seed=2 --resume", 0, 0), 64);
    ck_assert(log_says("it has .seed = 1., asked for is .seed = 2."));
    ck_assert_int_eq(run_for(0, "cut", "--resume --threads 2", 0, 0), 0);
    ck_assert(!log_says("nothing to resume"));
    folder_same(folder, "whole", "cut");
    ck_assert_int_eq(run_for(0, "new", "--resume", 0, 0), 0);
    ck_assert(log_says("nothing to resume"));
}

/* A finished run whose table was changed since is run again, not taken for finished. */
TEST(a_damaged_table_is_no_finished_run) {
    shell("$P run joma/erf --no-plot --out whole && cp -r whole cut && "
          "$P run joma/erf --no-plot --out cut --resume | grep -q 'already holds' && "
          "echo 1 >> cut/state.csv && $P run joma/erf --no-plot --out cut --resume && "
          "diff -rq -x timing.json whole cut && echo mended",
          "mended");
}

TCASE(cli_resume) {
    in_a_folder(tcase, 240);
    tcase_add_checked_fixture(tcase, keep_no_networks, NULL);
    tcase_add_each(tcase, killed_at_random_times, trainings);
    tcase_add_tests(tcase, interrupted, a_damaged_table_is_no_finished_run);
}
