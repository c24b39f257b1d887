/* The named sweeps that stand in the report: run at their quick size, drawn, shown. */
#ifndef FRAME_SWEEP_MAPS_H
#define FRAME_SWEEP_MAPS_H

#include "sim/base/context.h"

#include <stdio.h>

struct map {
    char *name, *title, *doc, *experiment, *scalar;
    size_t runs, failed;
};

struct maps {
    struct map *items;
    size_t count;
};

/* Runs every named sweep that has a title (`full`: at its full size) and draws it into
 * <folder>/sweeps/<name>/. */
enum attndyn_status maps_run(struct attndyn_context *ctx, const char *folder, bool full, int jobs,
                             struct maps *maps);
/* The report's section "Where the theorems hold". */
void maps_write(const struct maps *maps, FILE *to);

#endif
