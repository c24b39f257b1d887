#include "chart_private.h"
#include "experiments/frame/run/csv.h"
#include "sim/base/file.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- values ---------------------------------------------------------------------------------- */

static bool is_number(const char *text) {
    char *end;
    double x = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(x);
}

enum attndyn_status chart_append(struct attndyn_context *ctx, struct chart_values *values,
                                 const char *text) {
    ATTNDYN_GROW(ctx, values->text, values->count, values->room, 16);
    if (!(values->text[values->count] = attndyn_strdup(ctx, text))) return ATTNDYN_NO_MEMORY;
    values->numeric = (values->count == 0 || values->numeric) && is_number(text);
    values->count++;
    return ATTNDYN_OK;
}

size_t chart_place(const struct chart_values *values, const char *text) {
    size_t i = 0;
    while (i < values->count && strcmp(values->text[i], text) != 0) i++;
    return i;
}

static int by_number(const void *a, const void *b) {
    double x = strtod(*(char *const *)a, NULL), y = strtod(*(char *const *)b, NULL);
    return (x > y) - (x < y);
}

enum attndyn_status chart_values_read(struct attndyn_context *ctx, struct chart *chart, int a) {
    struct chart_values *values = &chart->axes[a].values;
    sqlite3_stmt *s;
    ATTNDYN_TRY(chart_fixed_prepare(
        ctx, chart,
        "SELECT value FROM parameter p WHERE key = ?1%s GROUP BY value ORDER BY "
        "min(idx)",
        "p.idx", &s));
    sqlite3_bind_text(s, 1, chart->axes[a].key, -1, SQLITE_STATIC);
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
        const char *text;
        if ((status = sql_text(ctx, &chart->sql, s, 0, &text))) break;
        if (text && (status = chart_append(ctx, values, text))) break;
    }
    sqlite3_finalize(s);
    if (!status && values->numeric)
        qsort(values->text, values->count, sizeof *values->text, by_number);
    return status;
}

/* --- groups: the runs of one place on the axes ----------------------------------------------- */

struct group {
    char *at[MOST_AXES]; /* x, series, panel */
    double *v;           /* (n) */
    size_t n, room;
};

/* Groups arrive contiguous, in the design's order: ORDER BY the group's first run; along an axis of
 * numbers they ascend, as a line joins them (a sample draws them in any order). */
static const char query[] =
    "WITH cell AS (SELECT r.idx AS idx, coalesce(a.value, '-') AS x, coalesce(b.value, '-') AS y, "
    "coalesce(c.value, '-') AS p, s.value AS v FROM run r JOIN scalar s ON s.idx = r.idx AND s.name "
    "= ?1 LEFT JOIN parameter a ON a.idx = r.idx AND a.key = ?2 LEFT JOIN parameter b ON b.idx = "
    "r.idx AND b.key = ?3 LEFT JOIN parameter c ON c.idx = r.idx AND c.key = ?4 WHERE r.status = "
    "'done' AND s.value IS NOT NULL%s), first AS (SELECT x, y, p, min(idx) AS f FROM cell GROUP BY "
    "x, y, p), series AS (SELECT y, p, min(idx) AS fs FROM cell GROUP BY y, p) SELECT cell.x, "
    "cell.y, cell.p, v FROM cell JOIN first USING (x, y, p) JOIN series USING (y, p) ORDER BY fs, "
    "CASE WHEN ?5 THEN CAST(cell.x AS REAL) END, f, idx";

typedef enum attndyn_status group_fn(struct attndyn_context *ctx, void *user,
                                     const struct group *group);

static enum attndyn_status put_value(struct attndyn_context *ctx, struct group *g,
                                     const char *const *at, double v) {
    for (int i = 0; i < MOST_AXES && g->n == 0; i++)
        if (!(g->at[i] = attndyn_strdup(ctx, at[i]))) return ATTNDYN_NO_MEMORY;
    ATTNDYN_GROW(ctx, g->v, g->n, g->room, 16);
    g->v[g->n++] = v;
    return ATTNDYN_OK;
}

static enum attndyn_status each_group(struct attndyn_context *ctx, struct chart *chart,
                                      const char *scalar, group_fn *take, void *user) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(chart_fixed_prepare(ctx, chart, query, "r.idx", &s));
    sqlite3_bind_text(s, 1, scalar, -1, SQLITE_STATIC);
    for (int a = 0; a < MOST_AXES; a++)
        sqlite3_bind_text(s, a + 2, a < chart->n_axes ? chart->axes[a].key : "", -1, SQLITE_STATIC);
    sqlite3_bind_int(s, 5, chart->axes[0].values.numeric);
    struct group g = {0};
    enum attndyn_status status = ATTNDYN_OK;
    for (bool more = true; more && !status;) {
        const char *now[MOST_AXES] = {0}; /* never NULL in a row: the query has '-' for it */
        status = sql_row(ctx, &chart->sql, s, &more);
        for (int i = 0; i < MOST_AXES && more && !status; i++)
            status = sql_text(ctx, &chart->sql, s, i, &now[i]);
        if (status) break;
        bool same = more && g.n > 0;
        for (int i = 0; i < MOST_AXES && same; i++) same = strcmp(g.at[i], now[i]) == 0;
        if (!same && g.n > 0) {
            status = take(ctx, user, &g);
            g.n = 0;
        }
        if (more && !status) status = put_value(ctx, &g, now, sqlite3_column_double(s, 3));
    }
    sqlite3_finalize(s);
    return status;
}

struct group_summary {
    double mean, sd;
    size_t n;
};

static struct group_summary summary_of(const struct group *g, struct chart_cells *cells) {
    const struct group_summary summary = {.mean = gsl_stats_mean(g->v, 1, g->n),
                                          .sd = g->n > 1 ? gsl_stats_sd(g->v, 1, g->n) : 0,
                                          .n = g->n};
    const bool first = cells->most == 0;
    if (first || g->n < cells->fewest) cells->fewest = g->n;
    if (first || summary.mean < cells->least) cells->least = summary.mean;
    if (g->n > cells->most) cells->most = g->n;
    return summary;
}

/* A value may be a list, which has commas; gnuplot cannot compare such texts, and goes by the
 * places (1, 2, ...) among the values. n = 0: no value. */
static void put_row(FILE *to, const char *const *at, const struct group_summary *g,
                    const size_t *places) {
    for (int i = 0; i < MOST_AXES; i++) {
        csv_quoted(to, at[i]);
        fputc(',', to);
    }
    if (g->n)
        fprintf(to, "%.17g,%.17g", g->mean, g->sd);
    else
        fputc(',', to);
    fprintf(to, ",%zu,%zu,%zu,%zu\n", g->n, places[0], places[1], places[2]);
}

/* --- lines: what there is -------------------------------------------------------------------- */

struct lines {
    FILE *to;
    const struct chart_values *x;
    struct chart_cells *cells;
};

static enum attndyn_status put_line(struct attndyn_context *ctx, void *user,
                                    const struct group *g) {
    struct lines *lines = user;
    struct chart_values *series = &lines->cells->series, *panels = &lines->cells->panels;
    const struct group_summary summary = summary_of(g, lines->cells);
    const size_t places[MOST_AXES] = {chart_place(lines->x, g->at[0]) + 1,
                                      chart_place(series, g->at[1]) + 1,
                                      chart_place(panels, g->at[2]) + 1};
    if (places[1] > series->count) ATTNDYN_TRY(chart_append(ctx, series, g->at[1]));
    if (places[2] > panels->count) ATTNDYN_TRY(chart_append(ctx, panels, g->at[2]));
    put_row(lines->to, (const char *const *)g->at, &summary, places);
    lines->cells->rows++;
    lines->cells->filled++;
    return ATTNDYN_OK;
}

/* --- a map: every cell ------------------------------------------------------------------------ */

struct map {
    const struct chart_values *x, *y;
    struct group_summary *cells; /* (y, x) */
    size_t filled;
    struct chart_cells *written;
};

static enum attndyn_status put_cell(struct attndyn_context *ctx, void *user,
                                    const struct group *g) {
    struct map *map = user;
    size_t i = chart_place(map->x, g->at[0]), j = chart_place(map->y, g->at[1]);
    (void)ctx;
    if (i == map->x->count || j == map->y->count) return ATTNDYN_OK; /* no value of the design */
    map->cells[j * map->x->count + i] = summary_of(g, map->written);
    map->filled++;
    return ATTNDYN_OK;
}

static enum attndyn_status write_map(struct attndyn_context *ctx, struct chart *chart,
                                     const char *scalar, FILE *to, struct chart_cells *cells) {
    struct map map = {.x = &chart->axes[0].values, .y = &chart->axes[1].values, .written = cells};
    ATTNDYN_ALLOC(ctx, map.cells, map.x->count * map.y->count);
    ATTNDYN_TRY(each_group(ctx, chart, scalar, put_cell, &map));
    for (size_t j = 0; j < map.y->count; j++)
        for (size_t i = 0; i < map.x->count; i++) {
            const char *const at[MOST_AXES] = {map.x->text[i], map.y->text[j], "-"};
            const size_t places[MOST_AXES] = {i + 1, j + 1, 1};
            put_row(to, at, &map.cells[j * map.x->count + i], places);
        }
    cells->filled = map.filled;
    cells->rows = map.filled ? map.x->count * map.y->count : 0;
    return ATTNDYN_OK;
}

enum attndyn_status chart_cells_write(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *r, const char *scalar,
                                      struct chart_cells *cells) {
    *cells = (struct chart_cells){0};
    char *path = attndyn_format(ctx, "%s/%s.csv", r->folder, scalar);
    if (!path) return ATTNDYN_NO_MEMORY;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    fputs("x,series,panel,mean,sd,n,x_place,series_place,panel_place\n", file.stream);
    struct lines lines = {file.stream, &chart->axes[0].values, cells};
    enum attndyn_status status = r->heatmap ? write_map(ctx, chart, scalar, file.stream, cells)
                                            : each_group(ctx, chart, scalar, put_line, &lines);
    if (!status) return attndyn_file_commit(ctx, &file);
    attndyn_file_abandon(&file);
    return status;
}
