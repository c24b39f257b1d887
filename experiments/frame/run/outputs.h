/* Checks the files that a command will write and read, before any work. It refuses an output that
 * cannot be written, that is another output or an input (whatever path leads to it), or that would
 * replace a file of another kind. */
#ifndef FRAME_RUN_OUTPUTS_H
#define FRAME_RUN_OUTPUTS_H

#include "experiments/frame/contract/params.h"

enum output_kind {
    OUTPUT_STORE, /* an SQLite file, which SQLite itself opens and judges */
    OUTPUT_CSV,
    OUTPUT_JSON,
    OUTPUT_XML,
    OUTPUT_MARKDOWN,
    OUTPUT_OF_RUN,    /* a file of a run's folder, whose owner (folder.h) judges it */
    OUTPUT_INPUT,     /* not an output: an input, which must not be overwritten */
    OUTPUT_STORE_READ /* the same of a store, with what SQLite may have beside it */
};

struct output {
    const char *option; /* "--csv", "corpus=": names it in messages */
    char *path;         /* as it was given */
    char *real;         /* links followed */
    enum output_kind kind;
};

struct outputs {
    struct output *items; /* (count); owned by the context */
    size_t count;
    const char *printed; /* the option that goes to the standard output, or NULL */
};

/* Is it "-", which stands for the standard output? What a command has to say goes to the standard
 * error then. */
bool outputs_is_stdout(const char *path);
/* path NULL or "": nothing is added. ATTNDYN_USAGE: the second one that is printed. */
enum attndyn_status outputs_add(struct attndyn_context *ctx, struct outputs *outputs,
                                const char *option, const char *path, enum output_kind kind);
/* Every file that the parameters name, as an input; pipes are refused (inputs.h). */
enum attndyn_status outputs_add_params(struct attndyn_context *ctx, struct outputs *outputs,
                                       const struct params *params);
/* The files of a run's folder. */
enum attndyn_status outputs_add_run(struct attndyn_context *ctx, struct outputs *outputs,
                                    const struct experiment *experiment, const char *folder);
/* ATTNDYN_USAGE: an input or output stands in `folder`, which is to become a run's. */
enum attndyn_status outputs_keep_out(struct attndyn_context *ctx, const struct outputs *outputs,
                                     const char *folder);
/* ATTNDYN_USAGE: two are one, or one is of another kind; ATTNDYN_IO: it cannot be written. No file
 * is created or changed. */
enum attndyn_status outputs_check(struct attndyn_context *ctx, const struct outputs *outputs);

#endif
