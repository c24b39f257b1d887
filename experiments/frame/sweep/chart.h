/* A first figure of a store: mean and standard deviation of each scalar over the axes. */
#ifndef FRAME_SWEEP_CHART_H
#define FRAME_SWEEP_CHART_H

#include "sim/base/context.h"

struct chart_request {
    const char *store;
    const char *folder;     /* where CSV, script and SVG go */
    const char *over;       /* keys averaged over, comma-separated */
    const char *scalars;    /* names, comma-separated; NULL: all */
    const char *x, *family; /* the axes along x and line by line; NULL: in the store's order */
    char *const *where;     /* KEY=VALUE: only runs of this value of an axis (n_where) */
    size_t n_where;
    const char *logarithmic; /* "x", "y", "xy": these scales; NULL: as the axis was written */
    const char *format;      /* svg (or NULL), pdf, png */
    const char *heatmap;     /* "x,y": these two axes as a map; NULL: lines */
    const char *contours; /* levels drawn on a map, whose colour is then the logarithm; or NULL */
    const char *title;    /* NULL: the experiment */
    const char *table; /* one that the store keeps (keep.h), or NULL: `scalars` are columns of it,
                          x is one, too (NULL: its first number), `where` may choose by them */
};

/* One axis: a line with error bars (points, where its values are no numbers); two: a family of
 * lines; three: small multiples. Writes <scalar>.csv, <scalar>.gp, <scalar>.<format>; `drawn`
 * counts the figures. *said: what the bars are, over how many runs, and what was fixed, in words.
 */
enum attndyn_status chart_draw(struct attndyn_context *ctx, const struct chart_request *request,
                               int *drawn, char **said);

#endif
