/* What a sweep keeps of its runs' tables beside their scalars: --keep TABLE[:COLUMN,...]. */
#ifndef FRAME_SWEEP_KEEP_H
#define FRAME_SWEEP_KEEP_H

#include "experiments/frame/contract/results.h"

struct keep_table {
    const struct table *about;
    size_t columns; /* declared */
    size_t count;   /* kept; 0: the table is not kept */
    bool *wanted;   /* (columns) */
};

struct keep {
    size_t n_tables;
    struct keep_table *tables; /* (n_tables), all of the experiment's, in its order */
    size_t count;              /* of those that are kept */
};

/* Of nothing. */
enum attndyn_status keep_create(struct attndyn_context *ctx, const struct experiment *experiment,
                                struct keep *keep);
/* Adds "TABLE" or "TABLE:COLUMN,COLUMN", several of them separated by ';'. ATTNDYN_USAGE: what the
 * experiment does not emit. */
enum attndyn_status keep_add(struct attndyn_context *ctx, const struct experiment *experiment,
                             const char *text, struct keep *keep);
/* In that form, in the experiment's order; "" where nothing is kept. */
enum attndyn_status keep_text(struct attndyn_context *ctx, const struct keep *keep, char **text);
/* The kept columns of a table, comma-separated; owned by ctx, NULL when memory is out. */
char *keep_columns(struct attndyn_context *ctx, const struct keep_table *table);

/* The kept rows of a run as flat data that a rank can send, for which free() is to be called. */
enum attndyn_status keep_pack(struct attndyn_context *ctx, const struct keep *keep,
                              const struct results *results, char **bytes, size_t *size);
/* Reading them, table by table in the order of keep->tables: the number of rows, then each row's
 * kept cells. A text is not terminated; its length is in `integer`. */
struct keep_reader {
    const char *at;
};
size_t keep_rows(struct keep_reader *reader);
struct cell keep_cell(struct keep_reader *reader, enum column_type type);

#endif
