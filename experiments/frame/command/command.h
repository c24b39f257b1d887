/* The command line: one function per subcommand. Each parses its own arguments and returns
 * the program's exit code; messages go to stderr as one line. */
#ifndef FRAME_COMMAND_COMMAND_H
#define FRAME_COMMAND_COMMAND_H

#include "sim/base/context.h"

struct command {
    const char *name;
    const char *summary;
    enum attndyn_status (*run)(struct attndyn_context *ctx, int argc, char **argv);
};
extern const struct command commands[]; /* ends with {NULL} */

enum attndyn_status command_list(struct attndyn_context *ctx, int argc, char **argv);
enum attndyn_status command_describe(struct attndyn_context *ctx, int argc, char **argv);
enum attndyn_status command_run(struct attndyn_context *ctx, int argc, char **argv);
enum attndyn_status command_verify(struct attndyn_context *ctx, int argc, char **argv);
enum attndyn_status command_report(struct attndyn_context *ctx, int argc, char **argv);
enum attndyn_status command_sweep(struct attndyn_context *ctx, int argc, char **argv);
enum attndyn_status command_export(struct attndyn_context *ctx, int argc, char **argv);
enum attndyn_status command_plot(struct attndyn_context *ctx, int argc, char **argv);

/* The options of all subcommands; each takes some of them. */
struct options {
    char **words; /* positional arguments, in order; owned by ctx */
    size_t n_words;
    const char *preset, *config, *out, *json, *junit, *claims;
    long jobs, threads, seeds;
    bool resume, accept_version, overwrite, no_plot, strict, explain, fail_fast, list, fresh;
    /* sweep */
    const char *known;
    bool json_out; /* --json without a value: on stdout */
    bool html;     /* texts in it as HTML */
    char **excluded, **where;
    size_t n_excluded, n_where;
    const char *store, *csv, *grouped, *over, *file, *shard, *heatmap, *scalar, *contours;
    const char *x, *family, *logarithmic, *format; /* plot */
    const char *table;                             /* one that a store keeps */
    char **zips, **merge, **keep;
    size_t n_zips, n_merge, n_keep;
    long sample;
    bool random, dry_run, retry;
    double tolerance_scale; /* 0: not given */
    double save_every;      /* seconds; 0: not given */
    char given[64];         /* the letters of the options that were given */
    struct attndyn_context *ctx;
};
/* Parses with the usage line and doc of one subcommand, which takes the options whose letters are
 * in `accepts`; --help and --usage print and exit. */
enum attndyn_status options_parse(struct attndyn_context *ctx, int argc, char **argv,
                                  const char *usage, const char *doc, const char *accepts,
                                  struct options *options);
/* Refuses every given option whose letter is not in `letters`; `where` ends the message. */
enum attndyn_status options_only(const struct options *options, const char *letters,
                                 const char *where);
struct batch_request;
/* What verify and report share: patterns, assignments (key=value words), preset, jobs. */
void batch_take(struct batch_request *request, struct options *options);
/* Is the word a key=value? */
bool is_assignment(const char *word);

#endif
