/* A sweep's results as CSV, ordered by run: the same bytes whatever threads, ranks, shards or
 * restarts made them. */
#ifndef FRAME_SWEEP_EXPORT_H
#define FRAME_SWEEP_EXPORT_H

#include "store.h"

/* Long form: run, axes, status, message, steps, rhs, scalars, and measured value and verdict of
 * each check; a row per run that has ended. */
enum attndyn_status export_long(struct attndyn_context *ctx, struct store *store,
                                const struct design *design, const char *path);
/* Grouped over the axes named in `over` ("seed", "seed,k"): the other axes, n, and for each scalar
 * mean and sample standard deviation (empty for n < 2); failed and unset values are left out. */
enum attndyn_status export_grouped(struct attndyn_context *ctx, struct store *store,
                                   const struct design *design, const char *over, const char *path);

#endif
