#define _GNU_SOURCE /* argp */
#include "command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option every_option[] = {
    {"preset", 'p', "NAME", 0, "start from a preset's values (attndyn describe ID lists them)", 0},
    {"config", 'c', "FILE", 0, "read `key = value` lines, as params.conf of an earlier run", 0},
    {"out", 'o', "DIR", 0, "the folder to write to", 0},
    {"threads", 't', "N", 0, "threads within the run (results do not depend on it)", 0},
    {"jobs", 'j', "N", 0, "experiments at a time", 0},
    {"resume", 'r', 0, 0,
     "do nothing if the folder already holds this run, complete; go on where it holds a part of it",
     0},
    {"save-every", 'V', "SECONDS", 0, "how often a long run saves its progress (default: 120)", 0},
    {"no-plot", 'n', 0, 0, "write the figures' scripts but do not call gnuplot", 0},
    {"explain", 'e', 0, 0, "print each claim, its source and the evidence", 0},
    {"strict", 'x', 0, 0, "exit 1 if a check fails at these parameters", 0},
    {"fail-fast", 'f', 0, 0, "once a check failed or a run broke, start no further experiment", 0},
    {"fresh", 'E', 0, 0, "run everything, also what stands finished in the folder", 0},
    {"list", 'l', 0, 0, "list the checks without running them (with --json: as JSON)", 0},
    {"tolerance-scale", 'T', "X", 0,
     "judge with every bound X times as loose (X > 1) or tight (X < 1): see docs/verify.md", 0},
    {"json", 'J', "FILE", 0, "write the verdicts as JSON", 0},
    {"junit", 'U', "FILE", 0, "write the verdicts as JUnit XML", 0},
    {"store", 's', "FILE", 0, "the sweep's SQLite store (default: sweep.db)", 0},
    {"csv", 'v', "FILE", 0, "write the runs as CSV, a row each", 0},
    {"grouped", 'g', "FILE", 0, "write mean, sd and n over the keys of --over as CSV", 0},
    {"over", 'O', "KEYS", 0, "the keys to average over, comma-separated (default: seed)", 0},
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
    {"file", 'F', "FILE", 0, "read the sweep from a file of `key = values` lines", 0},
    {0}};

static error_t append(struct options *o, char ***list, size_t *count, char *word) {
    char **longer = attndyn_resize(o->ctx, *list, *count, *count + 1, sizeof *longer);
    if (!longer) return ENOMEM;
    *list = longer;
    longer[(*count)++] = word;
    return 0;
}

static long positive(const char *text, struct argp_state *state, const char *what, long most) {
    char *end;
    long n = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || n < 1 || n > most)
        argp_error(state, "--%s=%.40s: expected an integer in [1, %ld]", what, text, most);
    return n;
}

static double positive_real(const char *text, struct argp_state *state, const char *what) {
    char *end;
    double x = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(x > 0) || !isfinite(x))
        argp_error(state, "--%s=%.40s: expected a finite number > 0", what, text);
    return x;
}

static error_t parse_one(int key, char *argument, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'p':
        o->preset = argument;
        return 0;
    case 'c':
        o->config = argument;
        return 0;
    case 'o':
        o->out = argument;
        return 0;
    case 't':
        o->threads = positive(argument, state, "threads", 4096);
        return 0;
    case 'j':
        o->jobs = positive(argument, state, "jobs", 4096);
        return 0;
    case 'r':
        o->resume = true;
        return 0;
    case 'V':
        o->save_every = positive_real(argument, state, "save-every");
        return 0;
    case 'n':
        o->no_plot = true;
        return 0;
    case 'e':
        o->explain = true;
        return 0;
    case 'x':
        o->strict = true;
        return 0;
    case 'f':
        o->fail_fast = true;
        return 0;
    case 'E':
        o->fresh = true;
        return 0;
    case 'l':
        o->list = true;
        return 0;
    case 'T':
        o->tolerance_scale = positive_real(argument, state, "tolerance-scale");
        return 0;
    case 'J':
        o->json = argument;
        return 0;
    case 'U':
        o->junit = argument;
        return 0;
    case 's':
        o->store = argument;
        return 0;
    case 'v':
        o->csv = argument;
        return 0;
    case 'g':
        o->grouped = argument;
        return 0;
    case 'O':
        o->over = argument;
        return 0;
    case 'z':
        return append(o, &o->zips, &o->n_zips, argument);
    case 'N':
        o->sample = positive(argument, state, "sample", 10000000);
        return 0;
    case 'R':
        o->random = true;
        return 0;
    case 'd':
        o->dry_run = true;
        return 0;
    case 'y':
        o->retry = true;
        return 0;
    case 'i':
        o->shard = argument;
        return 0;
    case 'm':
        return append(o, &o->merge, &o->n_merge, argument);
    case 'H':
        o->heatmap = argument;
        return 0;
    case 'K':
        o->contours = argument;
        return 0;
    case 'S':
        o->scalar = argument;
        return 0;
    case 'F':
        o->file = argument;
        return 0;
    case ARGP_KEY_ARG:
        return append(o, &o->words, &o->n_words, argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum attndyn_status options_parse(struct attndyn_context *ctx, int argc, char **argv,
                                  const char *usage, const char *doc, const char *accepts,
                                  struct options *options) {
    memset(options, 0, sizeof *options);
    options->ctx = ctx;
    options->jobs = options->threads = 1;
    struct argp_option accepted[sizeof every_option / sizeof *every_option];
    size_t n = 0;
    for (const struct argp_option *o = every_option; o->name; o++)
        if (strchr(accepts, o->key)) accepted[n++] = *o;
    memset(&accepted[n], 0, sizeof accepted[n]);
    const struct argp argp = {accepted, parse_one, usage, doc, NULL, NULL, NULL};
    error_t error = argp_parse(&argp, argc, argv, 0, NULL, options);
    if (error == ENOMEM) return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory: command line");
    if (error) return attndyn_fail(ctx, ATTNDYN_USAGE, "%s", strerror(error));
    return ATTNDYN_OK;
}

bool is_assignment(const char *word) {
    return strchr(word, '=') != NULL;
}
