/* attndyn: the program. Each subcommand has a function command_*() in a file of this folder. */
#include "command.h"
#include "experiments/frame/contract/identity.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/printable.h"
#include "experiments/frame/contract/registry.h"
#include "signals.h"
#include "sim/num/arithmetic.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command commands[] = {
    {"list", "the experiments, a line each", command_list},
    {"describe", "one experiment: doc, parameters, presets, tables, checks", command_describe},
    {"run", "one experiment: compute, judge, write its folder, draw", command_run},
    {"sweep", "many runs of one experiment: a resumable store, CSV", command_sweep},
    {"export", "the runs of a sweep's store as CSV", command_export},
    {"verify", "measure every claim and print the verdicts", command_verify},
    {"report", "run everything and write a report (HTML)", command_report},
    {"plot", "redraw the figures of a run's folder", command_plot},
    {NULL, NULL, NULL}};

static void usage(FILE *to) {
    fputs("Usage: attndyn COMMAND [ARGUMENTS]\n"
          "Training dynamics of attention: Scan&Snap, JoMA, low-rank gradients.\n\n",
          to);
    for (const struct command *c = commands; c->name; c++)
        fprintf(to, "  %-9s %s\n", c->name, c->summary);
    fputs("\n  attndyn COMMAND --help     options, with an example\n"
          "  attndyn --version\n\n"
          "Example: attndyn run scansnap/flow num_last=2 eta_y=10 t_end=1e4 --out /tmp/flow\n"
          "Exit: 0 good, 1 a check failed, 2 a run failed, 64 usage, 66 no input, 71 "
          "out of memory, 74 cannot write, 130 interrupted\n",
          to);
}

/* A message may name a file, and a name may hold any bytes. */
static void say(const char *message) {
    static char shown[1 << 14];
    if (4 * strlen(message) < sizeof shown) printable_write(shown, message);
    fprintf(stderr, "attndyn: %s\n", shown[0] ? shown : message);
}

static int finish(struct attndyn_context *ctx, enum attndyn_status status) {
    if (status != ATTNDYN_OK && attndyn_message(ctx)[0]) say(attndyn_message(ctx));
    /* Report a full disk or a closed pipe behind stdout as an error. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == ATTNDYN_OK) {
        fprintf(stderr, "attndyn: cannot write to standard output: %s\n", strerror(errno));
        status = ATTNDYN_IO;
    }
    attndyn_context_free(ctx);
    return (int)status;
}

/* If the caller has closed a standard stream, the next file opened would get its number, and
 * printed text would end up in a table. Open something there that refuses writes. */
static void occupy_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            _exit(ATTNDYN_IO);
}

int main(int argc, char **argv) {
    occupy_streams();
    /* The order of words is this program's. */
    unsetenv("POSIXLY_CORRECT");
    gsl_set_error_handler_off();
    signals_install();
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) {
        fputs("attndyn: out of memory\n", stderr);
        return ATTNDYN_NO_MEMORY;
    }
    attndyn_interrupt_by(ctx, signals_flag());
    enum attndyn_status sound = registry_sound(ctx);
    if (!sound) sound = attndyn_arithmetic_check(ctx);
    if (sound) return finish(ctx, sound);
    if (argc < 2) {
        usage(stderr);
        return finish(ctx, ATTNDYN_USAGE);
    }
    const char *name = argv[1], *best = NULL;
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        usage(stdout);
        return finish(ctx, ATTNDYN_OK);
    }
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
        char *build;
        enum attndyn_status status = identity_whole(ctx, &build);
        if (status) return finish(ctx, status);
        printf("attndyn %s (build %s, %s, %s)\n", ATTNDYN_VERSION, build, ATTNDYN_COMMIT,
               ATTNDYN_COMPILER);
        return finish(ctx, ATTNDYN_OK);
    }
    size_t distance = SIZE_MAX;
    for (const struct command *c = commands; c->name; c++) {
        names_nearer(name, c->name, &best, &distance);
        if (strcmp(c->name, name) != 0) continue;
        /* Messages and usage lines name the command this way. */
        char *called = attndyn_format(ctx, "attndyn %s", name);
        if (!called) return finish(ctx, ATTNDYN_NO_MEMORY);
        argv[1] = called;
        return finish(ctx, c->run(ctx, argc - 1, argv + 1));
    }
    return finish(ctx,
                  attndyn_fail(ctx, ATTNDYN_USAGE, "there is no command '%.60s'%s (attndyn --help)",
                               name, names_hint(&(struct hint){0}, name, best, distance)));
}
