#define _GNU_SOURCE /* argp */
#include "command.h"

#include <stdlib.h>
#include <string.h>

static const struct argp_option every_option[] = {
    {"preset", 'p', "NAME", 0, "start from a preset's values (attndyn describe ID lists them)", 0},
    {"config", 'c', "FILE", 0, "read `key = value` lines, as params.conf of an earlier run", 0},
    {"out", 'o', "DIR", 0, "the folder to write to", 0},
    {"threads", 't', "N", 0, "threads within the run (results do not depend on it)", 0},
    {"jobs", 'j', "N", 0, "experiments at a time", 0},
    {"resume", 'r', 0, 0, "do nothing if the folder already holds this run, complete", 0},
    {"no-plot", 'n', 0, 0, "write the figures' scripts but do not call gnuplot", 0},
    {"explain", 'e', 0, 0, "print each claim, its source and the evidence", 0},
    {"fail-fast", 'f', 0, 0, "stop at the first check that fails", 0},
    {"list", 'l', 0, 0, "list the checks without running them", 0},
    {"json", 'J', "FILE", 0, "write the verdicts as JSON", 0},
    {"junit", 'U', "FILE", 0, "write the verdicts as JUnit XML", 0},
    {0}};

static long positive(const char *text, struct argp_state *state, const char *what) {
    char *end;
    long n = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || n < 1 || n > 4096)
        argp_error(state, "--%s=%.40s: expected an integer in [1, 4096]", what, text);
    return n;
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
        o->threads = positive(argument, state, "threads");
        return 0;
    case 'j':
        o->jobs = positive(argument, state, "jobs");
        return 0;
    case 'r':
        o->resume = true;
        return 0;
    case 'n':
        o->no_plot = true;
        return 0;
    case 'e':
        o->explain = true;
        return 0;
    case 'f':
        o->fail_fast = true;
        return 0;
    case 'l':
        o->list = true;
        return 0;
    case 'J':
        o->json = argument;
        return 0;
    case 'U':
        o->junit = argument;
        return 0;
    case ARGP_KEY_ARG: {
        char **words = attndyn_resize(o->ctx, o->words, o->n_words, o->n_words + 1, sizeof *words);
        if (!words) return ENOMEM;
        o->words = words;
        o->words[o->n_words++] = argument;
        return 0;
    }
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
    if (error == ENOMEM) return ATTNDYN_NO_MEMORY;
    if (error) return attndyn_fail(ctx, ATTNDYN_USAGE, "%s", strerror(error));
    return ATTNDYN_OK;
}

bool is_assignment(const char *word) {
    return strchr(word, '=') != NULL;
}
