/* A column of a kept table against another, averaged where their runs agree on x. */
#include "axis.h"
#include "chart_private.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/run/csv.h"
#include "export_store.h"
#include "sim/base/file.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More points than this in all are drawn as lines alone. */
enum { MANY_POINTS = 100 };

struct point {
    size_t series, panel; /* places */
    double x, y;
    long run;
};

struct points {
    struct point *at; /* (count) */
    size_t count, room;
};

/* --- what there is to draw ---------------------------------------------------------------------
 */

static enum attndyn_status is_number(struct attndyn_context *ctx, const struct chart *chart,
                                     const char *table, const char *column, bool *number) {
    char *query = attndyn_format(
        ctx, "SELECT type <> 'TEXT' FROM pragma_table_info('kept_%s') WHERE name = ?", table);
    long answer;
    if (!query) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_one_integer(ctx, &chart->sql, query, column, 0, &answer));
    *number = answer != 0;
    return ATTNDYN_OK;
}

static enum attndyn_status no_column(struct attndyn_context *ctx, const struct chart_request *r,
                                     const struct sql_names *columns, const char *option,
                                     const char *name) {
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (size_t c = 0; c < columns->count; c++)
        names_nearer(name, columns->at[c], &best, &distance);
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "--%s: table %s has no kept column of numbers '%.60s'%s", option, r->table,
                        name, names_hint(&(struct hint){0}, name, best, distance));
}

enum attndyn_status chart_table_columns(struct attndyn_context *ctx, struct chart *chart,
                                        const struct chart_request *r, struct sql_names *columns) {
    struct sql_names all = {0};
    ATTNDYN_TRY(export_table_columns(ctx, &chart->sql, r->table, &all));
    *columns = (struct sql_names){0};
    ATTNDYN_ALLOC(ctx, columns->at, all.count);
    for (size_t c = 0; c < all.count; c++) {
        bool number;
        ATTNDYN_TRY(is_number(ctx, chart, r->table, all.at[c], &number));
        if (number) columns->at[columns->count++] = all.at[c];
    }
    const char *x = r->x ? r->x : columns->count ? columns->at[0] : "";
    if (sql_names_position(columns, x) == columns->count) return no_column(ctx, r, columns, "x", x);
    char *against = chart->axes[0].key = attndyn_strdup(ctx, x);
    if (!against) return ATTNDYN_NO_MEMORY;
    char name[100];
    for (const char *at = r->scalars; at && names_next(&at, name, sizeof name);)
        if (sql_names_position(columns, name) == columns->count)
            return no_column(ctx, r, columns, "scalar", name);
    size_t kept = 0;
    for (size_t c = 0; c < columns->count; c++)
        if (strcmp(columns->at[c], against) != 0 &&
            (!r->scalars || names_listed(r->scalars, columns->at[c])))
            columns->at[kept++] = columns->at[c];
    columns->count = kept;
    if (kept) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "table %s keeps no column of numbers beside %s: keep more of them (sweep "
                        "--keep %s)",
                        r->table, against, r->table);
}

/* --- its rows ----------------------------------------------------------------------------------
 */

enum attndyn_status chart_table_chooses(struct attndyn_context *ctx, const struct chart *chart,
                                        const struct chart_request *r, const char *where,
                                        bool *column) {
    struct sql_names columns = {0};
    char *key = attndyn_format(ctx, "%.*s", (int)strcspn(where, "="), where);
    long axis;
    if (!key) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(export_table_columns(ctx, &chart->sql, r->table, &columns));
    ATTNDYN_TRY(sql_one_integer(ctx, &chart->sql, "SELECT count(*) FROM axis WHERE key = ?", key, 0,
                                &axis));
    *column = !axis && sql_names_position(&columns, key) < columns.count;
    return ATTNDYN_OK;
}

/* What --where asks of the table's own columns: they stand behind the first five of the query. */
struct choice {
    const char *value[MOST_FIXED];
    int count;
};

static enum attndyn_status make_query(struct attndyn_context *ctx, const struct chart *chart,
                                      const struct chart_request *r, const char *column,
                                      struct choice *choice, char **query) {
    char *also = attndyn_strdup(ctx, ""), *filter = chart_fixed_filter(ctx, chart, "k.idx");
    const char *against = chart->axes[0].key;
    for (size_t w = 0; w < r->n_where && also; w++) {
        bool chooses;
        ATTNDYN_TRY(chart_table_chooses(ctx, chart, r, r->where[w], &chooses));
        if (!chooses) continue;
        if (choice->count == MOST_FIXED)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "--where: at most %d are taken", MOST_FIXED);
        const size_t length = strcspn(r->where[w], "=");
        choice->value[choice->count++] = r->where[w] + length + 1;
        also = attndyn_format(ctx, "%s, k.\"%.*s\"", also, (int)length, r->where[w]);
    }
    *query = also && filter
                 ? attndyn_format(
                       ctx,
                       "SELECT coalesce(b.value, '-'), coalesce(c.value, '-'), k.\"%s\", k.\"%s\", "
                       "k.idx%s FROM \"kept_%s\" k JOIN run r ON r.idx = k.idx AND r.status = "
                       "'done' LEFT JOIN parameter b ON b.idx = k.idx AND b.key = ?1 LEFT JOIN "
                       "parameter c ON c.idx = k.idx AND c.key = ?2 WHERE k.\"%s\" IS NOT NULL AND "
                       "k.\"%s\" IS NOT NULL%s ORDER BY k.idx, k.row",
                       against, column, also, r->table, against, column, filter)
                 : NULL;
    return *query ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status wanted(struct attndyn_context *ctx, const struct chart *chart,
                                  const struct choice *choice, sqlite3_stmt *s, bool *is) {
    char number[40];
    *is = true;
    for (int w = 0; w < choice->count && *is; w++) {
        const char *text = number;
        if (sqlite3_column_type(s, 5 + w) == SQLITE_FLOAT)
            snprintf(number, sizeof number, "%.17g", sqlite3_column_double(s, 5 + w));
        else
            ATTNDYN_TRY(sql_text(ctx, &chart->sql, s, 5 + w, &text));
        *is = text && axis_same_value(text, choice->value[w]);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status take_point(struct attndyn_context *ctx, const struct chart *chart,
                                      sqlite3_stmt *s, struct chart_cells *cells,
                                      struct points *points) {
    const char *series, *panel;
    ATTNDYN_TRY(sql_text(ctx, &chart->sql, s, 0, &series));
    ATTNDYN_TRY(sql_text(ctx, &chart->sql, s, 1, &panel));
    ATTNDYN_GROW(ctx, points->at, points->count, points->room, 256);
    struct point *p = &points->at[points->count++];
    p->series = chart_place(&cells->series, series);
    p->panel = chart_place(&cells->panels, panel);
    p->x = sqlite3_column_double(s, 2);
    p->y = sqlite3_column_double(s, 3);
    p->run = (long)sqlite3_column_int64(s, 4);
    if (p->series == cells->series.count) ATTNDYN_TRY(chart_append(ctx, &cells->series, series));
    if (p->panel == cells->panels.count) ATTNDYN_TRY(chart_append(ctx, &cells->panels, panel));
    return ATTNDYN_OK;
}

static int in_order(const void *a, const void *b) {
    const struct point *p = a, *q = b;
    if (p->panel != q->panel) return p->panel < q->panel ? -1 : 1;
    if (p->series != q->series) return p->series < q->series ? -1 : 1;
    if (p->x < q->x || p->x > q->x) return p->x < q->x ? -1 : 1;
    return (p->run > q->run) - (p->run < q->run);
}

static enum attndyn_status read_points(struct attndyn_context *ctx, const struct chart *chart,
                                       const struct chart_request *r, const char *column,
                                       struct chart_cells *cells, struct points *points) {
    const char *against = chart->axes[0].key;
    struct choice choice = {.count = 0};
    char *query = NULL;
    sqlite3_stmt *s;
    ATTNDYN_TRY(make_query(ctx, chart, r, column, &choice, &query));
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, query, &s));
    for (int a = 1; a < MOST_AXES; a++)
        sqlite3_bind_text(s, a, a < chart->n_axes ? chart->axes[a].key : "", -1, SQLITE_STATIC);
    chart_fixed_bind(chart, s);
    enum attndyn_status status;
    bool more, is;
    while (!(status = sql_row(ctx, &chart->sql, s, &more)) && more)
        if ((status = wanted(ctx, chart, &choice, s, &is)) ||
            (is && (status = take_point(ctx, chart, s, cells, points))))
            break;
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    if (points->count) qsort(points->at, points->count, sizeof *points->at, in_order);
    for (size_t i = 1; i < points->count; i++) {
        const struct point *p = &points->at[i - 1], *q = &points->at[i];
        if (p->run == q->run && p->x == q->x && p->series == q->series && p->panel == q->panel)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "table %s has several rows of one run at %s = %.10g: choose among "
                                "them with --where COLUMN=VALUE, or another --x",
                                r->table, against, q->x);
    }
    return ATTNDYN_OK;
}

/* --- its figure --------------------------------------------------------------------------------
 */

/* Of the values along x the script asks for the ends, and whether all are whole. */
static enum attndyn_status summarise_x(struct attndyn_context *ctx, const struct chart_request *r,
                                       struct chart_axis *x, const struct points *points) {
    double ends[3] = {points->at[0].x, NAN, points->at[0].x};
    for (size_t i = 0; i < points->count; i++) {
        const double v = points->at[i].x;
        ends[0] = fmin(ends[0], v);
        ends[2] = fmax(ends[2], v);
        if (v != floor(v)) ends[1] = v;
    }
    x->values = (struct chart_values){0};
    for (int i = 0; i < 3; i++) {
        if (isnan(ends[i]) || (i > 0 && ends[i] == ends[0])) continue;
        if (i == 1 && ends[1] == ends[2]) continue;
        char *text = params_number(ctx, ends[i]);
        if (!text) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(chart_append(ctx, &x->values, text));
    }
    x->logarithmic = ends[0] > 0 && ends[2] / ends[0] >= 1000;
    if (r->logarithmic && strchr(r->logarithmic, 'x') && !(ends[0] > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "--log=%s: a logarithmic scale needs positive numbers, and %s has %g",
                            r->logarithmic, x->key, ends[0]);
    return ATTNDYN_OK;
}

static void put_points(FILE *to, const struct points *points, struct chart_cells *cells,
                       double *values) {
    fputs("x,series,panel,mean,sd,n,x_place,series_place,panel_place\n", to);
    for (size_t i = 0; i < points->count;) {
        const struct point *p = &points->at[i];
        size_t n = 0;
        for (; i < points->count && points->at[i].x == p->x && points->at[i].series == p->series &&
               points->at[i].panel == p->panel;
             i++)
            values[n++] = points->at[i].y;
        fprintf(to, "%.17g,", p->x);
        csv_quoted(to, cells->series.text[p->series]);
        fputc(',', to);
        csv_quoted(to, cells->panels.text[p->panel]);
        const double mean = gsl_stats_mean(values, 1, n);
        fprintf(to, ",%.17g,%.17g,%zu,1,%zu,%zu\n", mean, n > 1 ? gsl_stats_sd(values, 1, n) : 0, n,
                p->series + 1, p->panel + 1);
        if (cells->rows == 0 || n < cells->fewest) cells->fewest = n;
        if (cells->rows == 0 || mean < cells->least) cells->least = mean;
        if (n > cells->most) cells->most = n;
        cells->rows++;
        cells->filled++;
    }
    cells->many = cells->rows > MANY_POINTS;
}

enum attndyn_status chart_table_write(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *r, const char *column,
                                      struct chart_cells *cells) {
    struct points points = {0};
    double *values;
    *cells = (struct chart_cells){0};
    ATTNDYN_TRY(read_points(ctx, chart, r, column, cells, &points));
    if (points.count == 0) return ATTNDYN_OK;
    ATTNDYN_TRY(summarise_x(ctx, r, &chart->axes[0], &points));
    ATTNDYN_ALLOC(ctx, values, points.count);
    char *path = attndyn_format(ctx, "%s/%s.csv", r->folder, column);
    if (!path) return ATTNDYN_NO_MEMORY;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    put_points(file.stream, &points, cells, values);
    return attndyn_file_commit(ctx, &file);
}
