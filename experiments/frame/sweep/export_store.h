/* A store's runs as CSV, from the store alone: no design is needed, and a store of another version,
 * or of an experiment that this program does not know, will do. */
#ifndef FRAME_SWEEP_EXPORT_STORE_H
#define FRAME_SWEEP_EXPORT_STORE_H

#include "sim/base/context.h"

#include <stdbool.h>

struct export_request {
    const char *store;
    const char *csv, *grouped; /* files to write, "-" is stdout; NULL: not this form */
    const char *over;          /* the axes to average over, comma-separated */
    bool over_any;             /* keys that are no axis are no mistake: they have one value */
    char *const *where;        /* K=V: only runs of this value, all of them must agree; of a table
                                  also only rows with this value of a column */
    size_t n_where;
    const char *table; /* one that the store keeps: its rows go to csv, the axes' values before
                          them; grouped: rows of the same key (its texts, the first of several
                          columns of numbers), mean, deviation and count of its other numbers */
};

/* csv: run, axes, status, message, steps, rhs, build (where there are several), scalars, measured
 * value and verdict of each check, and last the parameters that the sweep fixed to other values
 * than the defaults; a row per run that has ended. grouped: the axes that are kept, of each scalar
 * mean, sample standard deviation and count, and the fixed parameters. *rows: runs that were
 * exported. ATTNDYN_NO_INPUT: no store; ATTNDYN_USAGE: a key that is no axis of the sweep. */
enum attndyn_status export_store(struct attndyn_context *ctx, const struct export_request *request,
                                 size_t *rows);

/* The columns of a kept table, in the experiment's order. ATTNDYN_USAGE: the store keeps no such
 * table, and which it does. */
struct sql;
struct sql_names;
enum attndyn_status export_table_columns(struct attndyn_context *ctx, const struct sql *sql,
                                         const char *table, struct sql_names *columns);

#endif
