/* What chart.c and chart_cells.c share: a store to be drawn, its axes, the cells of a scalar. */
#ifndef FRAME_SWEEP_CHART_PRIVATE_H
#define FRAME_SWEEP_CHART_PRIVATE_H

#include "chart.h"
#include "sql.h"

enum { MOST_AXES = 3 };

/* Texts in order. */
struct chart_values {
    char **text; /* (count) */
    size_t count, room;
    bool numeric; /* every one is a number */
};

struct chart_axis {
    char *key;
    bool logarithmic;
    struct chart_values values; /* of the design, numbers ascending: also where no run has ended */
};

struct chart {
    struct sql sql;
    char *experiment;
    struct chart_axis axes[MOST_AXES]; /* x, series, panel */
    int n_axes;
};

/* What <scalar>.csv holds. */
struct chart_cells {
    size_t rows, filled;                /* of a map: all its cells, those with a value */
    struct chart_values series, panels; /* that have a value, in the design's order */
};

/* chart->axes[a].values from the store. */
enum attndyn_status chart_values_read(struct attndyn_context *ctx, struct chart *chart, int a);
/* Means over what is not an axis of the chart. A map's table has every cell, row by row of y, empty
 * where no run has a value; any other only what there is. */
enum attndyn_status chart_cells_write(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *request, const char *scalar,
                                      struct chart_cells *cells);

#endif
