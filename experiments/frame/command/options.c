#define _GNU_SOURCE /* getopt_long, sched_getaffinity */
#include "command.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/quote.h"

#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The list of options: names, argument, where the value is stored, and the text of --help. */
enum kind { SWITCH, TEXT, LIST, COUNT, AMOUNT };
struct option_row {
    const char *name;
    char letter;
    const char *value; /* what --help calls it; NULL: none */
    enum kind kind;
    size_t field, number; /* offsets in struct options; of a list also its length's */
    long most;            /* of a count */
    const char *doc;
};
#define AT(field) offsetof(struct options, field)
#define SWITCH(field) NULL, SWITCH, AT(field), 0, 0
#define TEXT(field, value) value, TEXT, AT(field), 0, 0
#define LIST(field, value) value, LIST, AT(field), AT(n_##field), 0
#define COUNT(field, value, most) value, COUNT, AT(field), 0, most
#define AMOUNT(field, value) value, AMOUNT, AT(field), 0, 0

/* clang-format off */
static const struct option_row every_option[] = {
    {"preset", 'p', TEXT(preset, "NAME"), "start from a preset's values (attndyn describe ID lists them)"},
    {"config", 'c', TEXT(config, "FILE"), "read `key = value` lines, as params.conf of an earlier run"},
    {"out", 'o', TEXT(out, "DIR"), "the folder to write to"},
    {"threads", 't', COUNT(threads, "N", 4096), "threads within the run (results do not depend on it)"},
    {"jobs", 'j', COUNT(jobs, "N", 4096),
     "experiments, or runs of a sweep, at a time (default: the cores that there are)"},
    {"resume", 'r', SWITCH(resume),
     "do nothing if the folder already holds this run, complete; go on where it holds a part of it"},
    {"save-every", 'V', AMOUNT(save_every, "SECONDS"),
     "how often a long run saves its progress (default: 120)"},
    {"accept-version", 'A', SWITCH(accept_version),
     "go on with, or keep, what another build of the program has made; what differs is recorded"},
    {"overwrite", 'Z', SWITCH(overwrite), "replace what another run has written to the folder"},
    {"no-plot", 'n', SWITCH(no_plot), "write the figures' scripts but do not call gnuplot"},
    {"explain", 'e', SWITCH(explain), "print each claim, its source and the evidence"},
    {"strict", 'x', SWITCH(strict), "exit 1 if a check fails at these parameters"},
    {"fail-fast", 'f', SWITCH(fail_fast), "once a check failed or a run broke, start no further experiment"},
    {"fresh", 'E', SWITCH(fresh), "run everything, also what stands finished in the folder"},
    {"list", 'l', SWITCH(list), "list the checks without running them (with --json: as JSON)"},
    {"tolerance-scale", 'T', AMOUNT(tolerance_scale, "X"),
     "judge with every bound X times as loose (X > 1) or tight (X < 1): see docs/verify.md"},
    {"json", 'J', TEXT(json, "FILE"), "write the verdicts as JSON (`-`: on stdout, and nothing else)"},
    {"json", 'D', SWITCH(json_out), "print JSON on stdout, and nothing else"},
    {"html", 'M', SWITCH(html), "with --json: titles, docs, captions and claims as HTML, their formulas set"},
    {"exclude", 'X', LIST(excluded, "PATTERN"), "leave out these experiments or checks; repeatable"},
    {"known", 'k', TEXT(known, "FILE"),
     "tolerate the failures that the file names, `CHECK-ID reason` a line; one that holds again is reported"},
    {"claims", 'L', TEXT(claims, "FILE"),
     "write the statements of the sources with their verdicts as Markdown (`-`: on stdout)"},
    {"junit", 'U', TEXT(junit, "FILE"), "write the verdicts as JUnit XML (`-`: on stdout)"},
    {"seeds", 'W', COUNT(seeds, "N", 10000), "judge with N seeds, and say which verdicts depend on the seed"},
    {"store", 's', TEXT(store, "FILE"), "the sweep's SQLite store (default: sweep.db)"},
    {"csv", 'v', TEXT(csv, "FILE"), "write the runs as CSV, a row each (`-`: on stdout)"},
    {"grouped", 'g', TEXT(grouped, "FILE"), "write mean, sd and n over the keys of --over as CSV (`-`: on stdout)"},
    {"over", 'O', TEXT(over, "KEYS"), "the keys to average over, comma-separated (default: seed)"},
    {"where", 'w', LIST(where, "KEY=VALUE"),
     "only runs with this value of an axis (rows with this value of a column); repeatable"},
    {"zip", 'z', LIST(zips, "K1,K2"), "move these axes together instead of multiplying them"},
    {"sample", 'N', COUNT(sample, "N", 10000000),
     "draw N quasi-random (Sobol) points; a:b and log:a:b are intervals"},
    {"random", 'R', SWITCH(random), "draw the points of --sample pseudo-randomly"},
    {"dry-run", 'd', SWITCH(dry_run), "print the design and its size, run nothing"},
    {"retry", 'y', SWITCH(retry), "run failed runs again"},
    {"shard", 'i', TEXT(shard, "I/N"), "only runs I, I+N, ... (I from 1 to N): one part of a job array"},
    {"merge", 'm', LIST(merge, "FILE"), "copy the ended runs of another store that belong to this design; repeatable"},
    {"keep", 'Y', LIST(keep, "TABLE[:COLUMNS]"),
     "keep this table of every run, or these columns of it, beside the scalars; repeatable"},
    {"table", 'B', TEXT(table, "NAME"), "a table that the store keeps, instead of its scalars"},
    {"heatmap", 'H', TEXT(heatmap, "X,Y"), "draw a map over these two axes of a store"},
    {"contours", 'K', TEXT(contours, "A,B"), "draw these levels on the map, in logarithmic colour"},
    {"scalar", 'S', TEXT(scalar, "NAMES"), "draw only these scalars of a store, or columns of its --table, comma-separated"},
    {"x", 'a', TEXT(x, "KEY"), "the axis of a store, or the column of its --table, to draw along x"},
    {"family", 'b', TEXT(family, "KEY"), "the axis of a store to draw line by line"},
    {"log", 'G', TEXT(logarithmic, "x|y|xy"), "logarithmic scales"},
    {"format", 'q', TEXT(format, "svg|pdf|png"), "the figures' format (default: svg)"},
    {"file", 'F', TEXT(file, "FILE"), "read the sweep from a file of `key = values` lines"},
};
/* clang-format on */
enum { OPTIONS = sizeof every_option / sizeof *every_option, HELP = 1000, USAGE };

static enum attndyn_status append(struct options *o, char ***list, size_t *count, char *word) {
    ATTNDYN_RESIZE(o->ctx, *list, *count, *count + 1);
    (*list)[(*count)++] = word;
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

static enum attndyn_status take(struct options *o, const struct option_row *option,
                                char *argument) {
    void *field = (char *)o + option->field;
    switch (option->kind) {
    case SWITCH:
        *(bool *)field = true;
        return ATTNDYN_OK;
    case TEXT:
        *(const char **)field = argument;
        return ATTNDYN_OK;
    case LIST:
        return append(o, field, (void *)((char *)o + option->number), argument);
    case COUNT:
        return positive(o, argument, option->name, option->most, field);
    case AMOUNT:
        return positive_real(o, argument, option->name, field);
    }
    return ATTNDYN_OK;
}

/* The options of one subcommand, as getopt wants them. */
struct accepted {
    const char *called, *usage, *doc; /* "attndyn run" */
    bool parameters;                  /* key=value are among its words */
    const struct option_row *options[OPTIONS];
    size_t n;
    struct option names[OPTIONS + 3]; /* with --help, --usage and the end */
    size_t count;
    char letters[2 * OPTIONS + 2];
};

static void accept_all(struct accepted *a, const char *letters) {
    char *to = a->letters;
    *to++ = ':'; /* the leading colon makes getopt silent and lets it report a missing value */
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option_row *o = &every_option[i];
        if (!strchr(letters, o->letter)) continue;
        a->options[a->n++] = o;
        a->names[a->count++] = (struct option){o->name, o->value != NULL, NULL, o->letter};
        *to++ = o->letter;
        if (o->value) *to++ = ':';
    }
    a->names[a->count++] =
        (struct option){"help", 0, NULL, HELP}; /* also -?, which getopt does not know */
    a->names[a->count++] = (struct option){"usage", 0, NULL, USAGE};
}

static const char *command_of(const struct accepted *a) {
    const char *space = strrchr(a->called, ' ');
    return space ? space + 1 : a->called;
}

static const struct option_row *option_of(int letter) {
    for (size_t i = 0; i < OPTIONS; i++)
        if (every_option[i].letter == letter) return &every_option[i];
    return NULL;
}

/* A --word that is no option, or the beginning of several. */
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
    const struct option_row *option = option_of(optopt);
    bool taken = optopt == HELP || optopt == USAGE;
    for (size_t i = 0; i < a->n; i++) taken = taken || a->options[i] == option;
    if (found == ':' && option)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: --%s needs a value: --%s=%s", command_of(a),
                            option->name, option->name, option->value);
    if (optopt != 0 && taken)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: --%s takes no value: '%.60s' (`%s --help`)",
                            command_of(a),
                            option           ? option->name
                            : optopt == HELP ? "help"
                                             : "usage",
                            word, a->called);
    if (optopt == 0) return unknown_word(ctx, a, word);
    return attndyn_fail(
        ctx, ATTNDYN_USAGE, "%s: unknown option '-%c'%s%s%s (`%s --help` lists them)",
        command_of(a), optopt > ' ' && optopt < 127 ? optopt : '?', option ? ": --" : "",
        option ? option->name : "", option ? " belongs to other commands" : "", a->called);
}

/* Prints the words of a text up to its end or a \v, from column `at`; lines after the first begin
 * at column `indent`, and none goes beyond the 79th. Returns where it stopped. */
static const char *lay_out(const char *text, int at, int indent) {
    bool first = true;
    for (; *text && *text != '\v'; first = false) {
        if (*text == '\n') {
            putchar(*text++);
            at = 0;
            continue;
        }
        int blanks = (int)strspn(text, " "), length = (int)strcspn(text + blanks, " \n\v");
        if (!first && at > 0 && at + blanks + length > 79) {
            putchar('\n');
            at = blanks = 0;
        }
        if (at == 0 && blanks < indent) blanks = indent;
        const char *word = text + strspn(text, " ");
        at += printf("%*s%.*s", blanks, "", length, word);
        text = word + length;
    }
    putchar('\n');
    return text;
}

static void print_help(const struct accepted *a) {
    enum { DOCS = 29 };
    printf("Usage: %s [OPTION...] %s\n", a->called, a->usage);
    const char *rest = lay_out(a->doc, 0, 0);
    putchar('\n');
    for (size_t i = 0; i < a->n; i++) {
        const struct option_row *o = a->options[i];
        int used = printf("  -%c, --%s%s%s", o->letter, o->name, o->value ? "=" : "",
                          o->value ? o->value : "");
        if (used > DOCS - 2) {
            putchar('\n');
            used = 0;
        }
        printf("%*s", DOCS - used, "");
        lay_out(o->doc, DOCS, DOCS);
    }
    puts("  -?, --help                 print this help\n"
         "      --usage                print the usage in short\n");
    if (*rest) lay_out(rest + 1, 0, 0);
}

static void print_usage(const struct accepted *a) {
    enum { INDENT = 12 };
    int at = printf("Usage: %s", a->called);
    for (size_t i = 0; i < a->count; i++) {
        const struct option_row *o = i < a->n ? a->options[i] : NULL;
        const char *value = o && o->value ? o->value : "";
        int length = (int)(strlen(a->names[i].name) + strlen(value)) + 6;
        if (at + length > 79) at = printf("\n%*s", INDENT - 1, "") - 1;
        at += printf(" [--%s%s%s]", a->names[i].name, *value ? "=" : "", value);
    }
    if (at + 1 + (int)strlen(a->usage) > 79) printf("\n%*s", INDENT - 1, "");
    printf(" %s\n", a->usage);
}

static _Noreturn void show(const struct accepted *a, bool help) {
    if (help)
        print_help(a);
    else
        print_usage(a);
    if (fflush(stdout) == 0 && !ferror(stdout)) exit(ATTNDYN_OK);
    fputs("attndyn: cannot write to standard output\n", stderr);
    exit(ATTNDYN_IO);
}

/* Only `--over ''` may be empty: it averages over nothing. */
static enum attndyn_status take_option(struct options *o, const struct accepted *a, int key,
                                       char *argument) {
    const struct option_row *option = option_of(key);
    if (option->value && *argument == '\0' && key != 'O')
        return attndyn_fail(o->ctx, ATTNDYN_USAGE,
                            "%s: --%s is empty: expected --%s=%s, or leave the option out",
                            command_of(a), option->name, option->name, option->value);
    if (!strchr(o->given, key)) o->given[strlen(o->given)] = (char)key;
    return take(o, option, argument);
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
    struct accepted accepted = {.called = argv[0],
                                .usage = usage,
                                .doc = doc,
                                .parameters = strstr(usage, "key=value") != NULL};
    accept_all(&accepted, accepts);
    optind = 0; /* GNU's way to restart getopt */
    for (int key; (key = getopt_long(argc, argv, accepted.letters, accepted.names, NULL)) != -1;) {
        if (key == USAGE || key == HELP || (key == '?' && optopt == '?'))
            show(&accepted, key != USAGE);
        if (key == '?' || key == ':') return refuse(ctx, &accepted, key, argv[optind - 1]);
        ATTNDYN_TRY(take_option(options, &accepted, key, optarg));
    }
    for (size_t w = 0; w < options->n_where; w++)
        if (!(options->where[w] = quote_plain(ctx, options->where[w]))) return ATTNDYN_NO_MEMORY;
    for (int i = optind; i < argc; i++)
        ATTNDYN_TRY(append(options, &options->words, &options->n_words, argv[i]));
    return ATTNDYN_OK;
}

enum attndyn_status options_only(const struct options *options, const char *letters,
                                 const char *where) {
    for (const char *key = options->given; *key; key++)
        if (!strchr(letters, *key))
            return attndyn_fail(options->ctx, ATTNDYN_USAGE, "--%s does not apply %s: leave it out",
                                option_of(*key)->name, where);
    return ATTNDYN_OK;
}

bool is_assignment(const char *word) {
    return strchr(word, '=') != NULL;
}
