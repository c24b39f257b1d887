/* A first figure of a store: mean and standard deviation of each scalar over the axes. */
#ifndef FRAME_SWEEP_CHART_H
#define FRAME_SWEEP_CHART_H

#include "sim/base/context.h"

struct chart_request {
    const char *store;
    const char *folder;   /* where CSV, script and SVG go */
    const char *over;     /* keys averaged over, comma-separated */
    const char *scalars;  /* names, comma-separated; NULL: all */
    const char *heatmap;  /* "x,y": these two axes as a map; NULL: lines */
    const char *contours; /* levels drawn on a map, whose colour is then the logarithm; or NULL */
    const char *title;    /* NULL: the experiment */
};

/* One axis: a line with error bars; two: a family of lines; three: small multiples. Writes
 * <scalar>.csv, <scalar>.gp, <scalar>.svg; `drawn` counts the figures. */
enum attndyn_status chart_draw(struct attndyn_context *ctx, const struct chart_request *request,
                               int *drawn);

#endif
