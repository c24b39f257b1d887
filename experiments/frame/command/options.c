#define _GNU_SOURCE /* argp, getopt_long */
#include "command.h"
#include "experiments/frame/contract/names.h"

#include <argp.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getopt parses, so that a mistake is told in one line; argp lays out --help and --usage alone. */
enum { USAGE = 1000, HELP };
static const struct argp_option every_option[] = {
    {"preset", 'p', "NAME", 0, "start from a preset's values (attndyn describe ID lists them)", 0},
    {"config", 'c', "FILE", 0, "read `key = value` lines, as params.conf of an earlier run", 0},
    {"out", 'o', "DIR", 0, "the folder to write to", 0},
    {"threads", 't', "N", 0, "threads within the run (results do not depend on it)", 0},
    {"jobs", 'j', "N", 0,
     "experiments, or runs of a sweep, at a time (default: the cores that there are)", 0},
    {"resume", 'r', 0, 0,
     "do nothing if the folder already holds this run, complete; go on where it holds a part of it",
     0},
    {"save-every", 'V', "SECONDS", 0, "how often a long run saves its progress (default: 120)", 0},
    {"accept-version", 'A', 0, 0,
     "go on with, or keep, what another build of the program has made; what differs is recorded",
     0},
    {"overwrite", 'Z', 0, 0, "replace what another run has written to the folder", 0},
    {"no-plot", 'n', 0, 0, "write the figures' scripts but do not call gnuplot", 0},
    {"explain", 'e', 0, 0, "print each claim, its source and the evidence", 0},
    {"strict", 'x', 0, 0, "exit 1 if a check fails at these parameters", 0},
    {"fail-fast", 'f', 0, 0, "once a check failed or a run broke, start no further experiment", 0},
    {"fresh", 'E', 0, 0, "run everything, also what stands finished in the folder", 0},
    {"list", 'l', 0, 0, "list the checks without running them (with --json: as JSON)", 0},
    {"tolerance-scale", 'T', "X", 0,
     "judge with every bound X times as loose (X > 1) or tight (X < 1): see docs/verify.md", 0},
    {"json", 'J', "FILE", 0, "write the verdicts as JSON (`-`: on stdout, and nothing else)", 0},
    {"json", 'D', 0, 0, "print JSON on stdout, and nothing else", 0},
    {"exclude", 'X', "PATTERN", 0, "leave out these experiments or checks; repeatable", 0},
    {"known", 'k', "FILE", 0,
     "tolerate the failures that the file names, `CHECK-ID reason` a line; one that holds again is "
     "reported",
     0},
    {"claims", 'L', "FILE", 0,
     "write the statements of the sources with their verdicts as Markdown", 0},
    {"junit", 'U', "FILE", 0, "write the verdicts as JUnit XML", 0},
    {"seeds", 'W', "N", 0, "judge with N seeds, and say which verdicts depend on the seed", 0},
    {"store", 's', "FILE", 0, "the sweep's SQLite store (default: sweep.db)", 0},
    {"csv", 'v', "FILE", 0, "write the runs as CSV, a row each", 0},
    {"grouped", 'g', "FILE", 0, "write mean, sd and n over the keys of --over as CSV", 0},
    {"over", 'O', "KEYS", 0, "the keys to average over, comma-separated (default: seed)", 0},
    {"where", 'w', "KEY=VALUE", 0, "only runs with this value of an axis; repeatable", 0},
    {"zip", 'z', "K1,K2", 0, "move these axes together instead of multiplying them", 0},
    {"sample", 'N', "N", 0, "draw N quasi-random (Sobol) points; a:b and log:a:b are intervals", 0},
    {"random", 'R', 0, 0, "draw the points of --sample pseudo-randomly", 0},
    {"dry-run", 'd', 0, 0, "print the design and its size, run nothing", 0},
    {"retry", 'y', 0, 0, "run failed runs again", 0},
    {"shard", 'i', "I/N", 0, "only runs I, I+N, ... (I from 1 to N): one part of a job array", 0},
    {"merge", 'm', "FILE", 0, "copy the ended runs of another store of this design; repeatable", 0},
    {"heatmap", 'H', "X,Y", 0, "draw a map over these two axes of a store", 0},
    {"contours", 'K', "A,B", 0, "draw these levels on the map, in logarithmic colour", 0},
    {"scalar", 'S', "NAMES", 0, "draw only these scalars of a store, comma-separated", 0},
    {"x", 'a', "KEY", 0, "the axis of a store to draw along x", 0},
    {"family", 'b', "KEY", 0, "the axis of a store to draw line by line", 0},
    {"log", 'G', "x|y|xy", 0, "logarithmic scales", 0},
    {"format", 'q', "svg|pdf|png", 0, "the figures' format (default: svg)", 0},
    {"file", 'F', "FILE", 0, "read the sweep from a file of `key = values` lines", 0},
    {0}};
static const struct argp_option help_options[] = {
    {"help", '?', 0, 0, "Give this help list", -1},
    {"usage", USAGE, 0, 0, "Give a short usage message", -1},
    {0}};

enum { MOST = sizeof every_option / sizeof *every_option + 2 };

static enum attndyn_status append(struct options *o, char ***list, size_t *count, char *word) {
    char **longer = attndyn_resize(o->ctx, *list, *count, *count + 1, sizeof *longer);
    if (!longer) return ATTNDYN_NO_MEMORY;
    *list = longer;
    longer[(*count)++] = word;
    return ATTNDYN_OK;
}

static enum attndyn_status positive(struct options *o, const char *text, const char *what,
                                    long most, long *n) {
    char *end;
    *n = strtol(text, &end, 10);
    if (*text != '\0' && *end == '\0' && *n >= 1 && *n <= most) return ATTNDYN_OK;
    return attndyn_fail(o->ctx, ATTNDYN_USAGE, "--%s=%.40s: expected an integer in [1, %ld]", what,
                        text, most);
}

static enum attndyn_status positive_real(struct options *o, const char *text, const char *what,
                                         double *x) {
    char *end;
    *x = strtod(text, &end);
    if (*text != '\0' && *end == '\0' && *x > 0 && isfinite(*x)) return ATTNDYN_OK;
    return attndyn_fail(o->ctx, ATTNDYN_USAGE, "--%s=%.40s: expected a finite number > 0", what,
                        text);
}

static enum attndyn_status take(struct options *o, int key, char *argument) {
    switch (key) {
    case 'p':
        o->preset = argument;
        return ATTNDYN_OK;
    case 'c':
        o->config = argument;
        return ATTNDYN_OK;
    case 'o':
        o->out = argument;
        return ATTNDYN_OK;
    case 't':
        return positive(o, argument, "threads", 4096, &o->threads);
    case 'j':
        return positive(o, argument, "jobs", 4096, &o->jobs);
    case 'r':
        o->resume = true;
        return ATTNDYN_OK;
    case 'V':
        return positive_real(o, argument, "save-every", &o->save_every);
    case 'A':
        o->accept_version = true;
        return ATTNDYN_OK;
    case 'Z':
        o->overwrite = true;
        return ATTNDYN_OK;
    case 'n':
        o->no_plot = true;
        return ATTNDYN_OK;
    case 'e':
        o->explain = true;
        return ATTNDYN_OK;
    case 'x':
        o->strict = true;
        return ATTNDYN_OK;
    case 'f':
        o->fail_fast = true;
        return ATTNDYN_OK;
    case 'E':
        o->fresh = true;
        return ATTNDYN_OK;
    case 'l':
        o->list = true;
        return ATTNDYN_OK;
    case 'T':
        return positive_real(o, argument, "tolerance-scale", &o->tolerance_scale);
    case 'J':
        o->json = argument;
        return ATTNDYN_OK;
    case 'D':
        o->json_out = true;
        return ATTNDYN_OK;
    case 'X':
        return append(o, &o->excluded, &o->n_excluded, argument);
    case 'w':
        return append(o, &o->where, &o->n_where, argument);
    case 'k':
        o->known = argument;
        return ATTNDYN_OK;
    case 'U':
        o->junit = argument;
        return ATTNDYN_OK;
    case 'L':
        o->claims = argument;
        return ATTNDYN_OK;
    case 'W':
        return positive(o, argument, "seeds", 10000, &o->seeds);
    case 's':
        o->store = argument;
        return ATTNDYN_OK;
    case 'v':
        o->csv = argument;
        return ATTNDYN_OK;
    case 'g':
        o->grouped = argument;
        return ATTNDYN_OK;
    case 'O':
        o->over = argument;
        return ATTNDYN_OK;
    case 'z':
        return append(o, &o->zips, &o->n_zips, argument);
    case 'N':
        return positive(o, argument, "sample", 10000000, &o->sample);
    case 'R':
        o->random = true;
        return ATTNDYN_OK;
    case 'd':
        o->dry_run = true;
        return ATTNDYN_OK;
    case 'y':
        o->retry = true;
        return ATTNDYN_OK;
    case 'i':
        o->shard = argument;
        return ATTNDYN_OK;
    case 'm':
        return append(o, &o->merge, &o->n_merge, argument);
    case 'H':
        o->heatmap = argument;
        return ATTNDYN_OK;
    case 'K':
        o->contours = argument;
        return ATTNDYN_OK;
    case 'S':
        o->scalar = argument;
        return ATTNDYN_OK;
    case 'a':
        o->x = argument;
        return ATTNDYN_OK;
    case 'b':
        o->family = argument;
        return ATTNDYN_OK;
    case 'G':
        o->logarithmic = argument;
        return ATTNDYN_OK;
    case 'q':
        o->format = argument;
        return ATTNDYN_OK;
    case 'F':
        o->file = argument;
        return ATTNDYN_OK;
    }
    return ATTNDYN_OK;
}

/* The options of one subcommand, as getopt and as argp want them. */
struct accepted {
    const char *called; /* "attndyn run" */
    bool parameters;    /* key=value are among its words */
    struct argp_option options[MOST];
    struct option names[MOST];
    char letters[3 * MOST];
    size_t count;
};

static void accept(struct accepted *a, const struct argp_option *o) {
    a->options[a->count] = *o;
    a->names[a->count++] =
        (struct option){o->name, o->arg != NULL, NULL, o->key == '?' ? HELP : o->key};
    if (o->key == USAGE || o->key == '?') return; /* -? is what getopt does not know: see below */
    char letter[] = {(char)o->key, o->arg ? ':' : '\0', '\0'};
    strcat(a->letters, letter);
}

static void accept_all(struct accepted *a, const char *called, const char *usage,
                       const char *letters) {
    memset(a, 0, sizeof *a);
    a->called = called;
    a->parameters = strstr(usage, "key=value") != NULL;
    a->letters[0] = ':'; /* getopt tells a missing value from an unknown option, and says nothing */
    for (const struct argp_option *o = every_option; o->name; o++)
        if (strchr(letters, o->key)) accept(a, o);
    for (const struct argp_option *o = help_options; o->name; o++) accept(a, o);
}

static const char *command_of(const struct accepted *a) {
    const char *space = strrchr(a->called, ' ');
    return space ? space + 1 : a->called;
}

static const struct argp_option *option_of(const struct argp_option *list, int key) {
    while (list->name && list->key != key) list++;
    return list->name ? list : NULL;
}

/* --word, which is none of the options or the beginning of several. */
static enum attndyn_status unknown_word(struct attndyn_context *ctx, const struct accepted *a,
                                        const char *word) {
    char given[64], several[400] = "";
    size_t n = strcspn(word + 2, "="), distance = SIZE_MAX, matches = 0;
    snprintf(given, sizeof given, "%.*s", n < sizeof given ? (int)n : (int)sizeof given - 1,
             word + 2);
    const char *best = "help";
    for (size_t i = 0; i < a->count; i++) {
        names_nearer(given, a->names[i].name, &best, &distance);
        if (strncmp(given, a->names[i].name, strlen(given)) != 0) continue;
        size_t used = strlen(several);
        snprintf(several + used, sizeof several - used, "%s--%s", matches++ ? ", " : "",
                 a->names[i].name);
    }
    if (matches > 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: '--%s' may be each of %s: write more of it",
                            command_of(a), given, several);
    if (2 * distance <= strlen(given))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: unknown option '--%s'; did you mean '--%s'? (`%s --help` lists "
                            "them)",
                            command_of(a), given, best, a->called);
    return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: unknown option '--%s'%s (`%s --help` lists them)",
                        command_of(a), given,
                        a->parameters ? "; parameters are written key=value, without dashes" : "",
                        a->called);
}

/* What getopt refused: found is '?' or ':', and `optopt` the letter where it knows one. */
static enum attndyn_status refuse(struct attndyn_context *ctx, const struct accepted *a, int found,
                                  const char *word) {
    const struct argp_option *known = option_of(a->options, optopt == HELP ? '?' : optopt);
    if (found == ':' && known)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: --%s needs a value: --%s=%s", command_of(a),
                            known->name, known->name, known->arg);
    if (known)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: --%s takes no value: '%.60s' (`%s --help`)",
                            command_of(a), known->name, word, a->called);
    if (optopt == 0) return unknown_word(ctx, a, word);
    const struct argp_option *elsewhere = option_of(every_option, optopt);
    return attndyn_fail(
        ctx, ATTNDYN_USAGE, "%s: unknown option '-%c'%s%s%s (`%s --help` lists them)",
        command_of(a), optopt > ' ' && optopt < 127 ? optopt : '?', elsewhere ? ": --" : "",
        elsewhere ? elsewhere->name : "", elsewhere ? " belongs to other commands" : "", a->called);
}

static _Noreturn void show_help(const struct argp *argp, const struct accepted *a, int key) {
    char called[64];
    snprintf(called, sizeof called, "%s", a->called);
    argp_help(argp, stdout, key == USAGE ? ARGP_HELP_USAGE : ARGP_HELP_STD_HELP, called);
    if (fflush(stdout) == 0 && !ferror(stdout)) exit(ATTNDYN_OK);
    fputs("attndyn: cannot write to standard output\n", stderr);
    exit(ATTNDYN_IO);
}

/* No file has an empty name; `--over ''` averages over nothing. */
static enum attndyn_status take_option(struct options *o, const struct accepted *a, int key,
                                       char *argument) {
    const struct argp_option *option = option_of(a->options, key);
    if (option->arg && *argument == '\0' && key != 'O')
        return attndyn_fail(o->ctx, ATTNDYN_USAGE,
                            "%s: --%s is empty: expected --%s=%s, or leave the option out",
                            command_of(a), option->name, option->name, option->arg);
    if (!strchr(o->given, key)) o->given[strlen(o->given)] = (char)key;
    return take(o, key, argument);
}

/* The cores that this process may use. */
static long cores(void) {
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
    return n > 0 ? n : 1;
}

enum attndyn_status options_parse(struct attndyn_context *ctx, int argc, char **argv,
                                  const char *usage, const char *doc, const char *accepts,
                                  struct options *options) {
    memset(options, 0, sizeof *options);
    options->ctx = ctx;
    options->jobs = cores();
    options->threads = 1;
    struct accepted accepted;
    accept_all(&accepted, argv[0], usage, accepts);
    const struct argp argp = {accepted.options, NULL, usage, doc, NULL, NULL, NULL};
    optind = 0; /* the GNU way to begin anew */
    for (int key; (key = getopt_long(argc, argv, accepted.letters, accepted.names, NULL)) != -1;) {
        if (key == USAGE || key == HELP || (key == '?' && optopt == '?'))
            show_help(&argp, &accepted, key);
        if (key == '?' || key == ':') return refuse(ctx, &accepted, key, argv[optind - 1]);
        ATTNDYN_TRY(take_option(options, &accepted, key, optarg));
    }
    for (int i = optind; i < argc; i++)
        ATTNDYN_TRY(append(options, &options->words, &options->n_words, argv[i]));
    return ATTNDYN_OK;
}

enum attndyn_status options_only(const struct options *options, const char *letters,
                                 const char *where) {
    for (const char *key = options->given; *key; key++)
        if (!strchr(letters, *key))
            return attndyn_fail(options->ctx, ATTNDYN_USAGE, "--%s does not apply %s: leave it out",
                                option_of(every_option, *key)->name, where);
    return ATTNDYN_OK;
}

bool is_assignment(const char *word) {
    return strchr(word, '=') != NULL;
}
