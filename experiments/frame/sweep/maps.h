/* The named sweeps that stand in the report: run at their quick size, drawn, shown. */
#ifndef FRAME_SWEEP_MAPS_H
#define FRAME_SWEEP_MAPS_H

#include "sim/base/context.h"

struct map {
    char *name, *title, *doc, *experiment, *scalar;
    char **words; /* its axes and fixed values, "key=values" */
    size_t n_words;
    bool full; /* at its full size, not its quick one */
    size_t runs, failed;
};

struct maps {
    struct map *items;
    size_t count;
};

/* Runs every named sweep that has a title (`full`: at its full size) and draws it into
 * <folder>/sweeps/<name>/. The stores stand apart, in <folder>/resume/: they hold times, and an
 * interrupted sweep goes on from there (`fresh`: anew). */
enum attndyn_status maps_run(struct attndyn_context *ctx, const char *folder, bool full, int jobs,
                             bool fresh, struct maps *maps);

#endif
