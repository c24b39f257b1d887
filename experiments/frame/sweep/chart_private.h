/* What chart.c, chart_axes.c and chart_cells.c share: a store to be drawn, its axes, the cells of a
 * scalar. */
#ifndef FRAME_SWEEP_CHART_PRIVATE_H
#define FRAME_SWEEP_CHART_PRIVATE_H

#include "chart.h"
#include "sql.h"

enum { MOST_AXES = 3, MOST_FIXED = 16, FIRST_FIXED = 10 };

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

/* An axis of which one value is drawn. */
struct chart_fixed {
    char *key, *value; /* as the store has it */
};

struct chart {
    struct sql sql;
    char *id;                            /* of the experiment */
    const struct experiment *experiment; /* NULL: this program does not know it */
    struct chart_fixed fixed[MOST_FIXED];
    size_t n_fixed;
    struct chart_axis axes[MOST_AXES]; /* x, series, panel */
    int n_axes;
};

/* What <scalar>.csv holds. */
struct chart_cells {
    size_t rows, filled;                /* of a map: all its cells, those with a value */
    size_t fewest, most;                /* runs of a cell that has a value */
    double least;                       /* mean */
    struct chart_values series, panels; /* that have a value, in the design's order */
    bool many;                          /* too many points for marks and bars */
};

/* Which axes are drawn, in which order, and which values are fixed; a map's form a grid. */
enum attndyn_status chart_axes_read(struct attndyn_context *ctx, struct chart *chart,
                                    const struct chart_request *request);
/* Every name of the comma-separated `list` that --option gave must be one that the query selects.
 */
enum attndyn_status chart_names_known(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *request, const char *option,
                                      const char *list, const char *query);
/* " AND EXISTS (...)": the run `idx` has the fixed values; owned by ctx, NULL: no memory. The
 * parameters from FIRST_FIXED on are theirs, bound by chart_fixed_bind. */
char *chart_fixed_filter(struct attndyn_context *ctx, const struct chart *chart, const char *idx);
void chart_fixed_bind(const struct chart *chart, sqlite3_stmt *statement);
/* A query in which that filter stands for %s, its parameters bound. */
enum attndyn_status chart_fixed_prepare(struct attndyn_context *ctx, struct chart *chart,
                                        const char *query, const char *idx,
                                        sqlite3_stmt **statement);

/* chart->axes[a].values from the store. */
enum attndyn_status chart_values_read(struct attndyn_context *ctx, struct chart *chart, int a);
/* Averages over everything that is not an axis of the chart. The table of a map has every cell, row
 * by row of y, empty where no run has a value; other tables have only existing values. */
enum attndyn_status chart_cells_write(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *request, const char *scalar,
                                      struct chart_cells *cells);

enum attndyn_status chart_append(struct attndyn_context *ctx, struct chart_values *values,
                                 const char *text);
size_t chart_place(const struct chart_values *values, const char *text);

/* The same of a column of a kept table: its mean against the column chart->axes[0].key, a line per
 * value of the first axis, a panel per value of the second. Sets axes[0].values. */
enum attndyn_status chart_table_write(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *request, const char *column,
                                      struct chart_cells *cells);
/* chart->axes[0].key and the columns to draw against it. */
enum attndyn_status chart_table_columns(struct attndyn_context *ctx, struct chart *chart,
                                        const struct chart_request *request,
                                        struct sql_names *columns);
/* Is KEY of "KEY=VALUE" a column of the table, and no axis? */
enum attndyn_status chart_table_chooses(struct attndyn_context *ctx, const struct chart *chart,
                                        const struct chart_request *request, const char *where,
                                        bool *column);

#endif
