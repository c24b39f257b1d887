/* A store's runs as CSV, from the store alone: no design is needed, and a store of another version,
 * or of an experiment that this program does not know, will do. */
#ifndef FRAME_SWEEP_EXPORT_STORE_H
#define FRAME_SWEEP_EXPORT_STORE_H

#include "sim/base/context.h"

struct export_request {
    const char *store;
    const char *csv, *grouped; /* files to write, "-" is stdout; NULL: not this form */
    const char *over;          /* the axes to average over, comma-separated */
    char *const *where;        /* K=V: only runs of this value, all of them must agree */
    size_t n_where;
};

/* csv: run, axes, status, message, steps, rhs, scalars, measured value and verdict of each check; a
 * row per run that has ended. grouped: the axes that are kept, and of each scalar mean, sample
 * standard deviation and count. *rows: runs that were exported. ATTNDYN_NO_INPUT: no store;
 * ATTNDYN_USAGE: a key that is no axis of the sweep. */
enum attndyn_status export_store(struct attndyn_context *ctx, const struct export_request *request,
                                 size_t *rows);

#endif
