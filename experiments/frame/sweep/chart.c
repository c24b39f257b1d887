#include "chart.h"

#include "../figure.h"
#include "../names.h"
#include "../plots.h"
#include "sim/base/file.h"
#include "sql.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_AXES = 3 };

struct chart_axis {
    char *key;
    bool logarithmic;
};

struct chart {
    struct sql sql;
    char *experiment;
    struct chart_axis axes[MOST_AXES]; /* x, series, panel */
    int n_axes;
};

static enum attndyn_status read_axes(struct attndyn_context *ctx, struct chart *chart,
                                     const struct chart_request *r) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, "SELECT key, text FROM axis ORDER BY position", &s));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
        char *key, *text;
        if ((status = sql_copy(ctx, &chart->sql, s, 0, &key))) break;
        if ((status = sql_copy(ctx, &chart->sql, s, 1, &text))) break;
        if (names_listed(r->over, key)) continue;
        if (chart->n_axes == MOST_AXES) {
            status = attndyn_fail(ctx, ATTNDYN_USAGE,
                                  "%s has more than three axes; average some away with --over",
                                  r->store);
            break;
        }
        struct chart_axis *axis = &chart->axes[chart->n_axes++];
        axis->key = key;
        axis->logarithmic = strncmp(text, "log:", 4) == 0;
    }
    sqlite3_finalize(s);
    if (!status && chart->n_axes == 0)
        status = attndyn_fail(ctx, ATTNDYN_USAGE, "%s has no axis to draw over", r->store);
    return status;
}

/* Every name of a comma-separated list must be one that the query gives. */
static enum attndyn_status names_known(struct attndyn_context *ctx, struct chart *chart,
                                       const struct chart_request *r, const char *option,
                                       const char *list, const char *query) {
    char name[64], best[64];
    for (const char *at = list; names_next(&at, name, sizeof name);) {
        sqlite3_stmt *s;
        ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, query, &s));
        size_t distance = SIZE_MAX;
        best[0] = '\0';
        enum attndyn_status status;
        bool more;
        while (!(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
            const char *known, *nearer = NULL;
            if ((status = sql_text(ctx, &chart->sql, s, 0, &known))) break;
            if (known) names_nearer(name, known, &nearer, &distance);
            if (nearer) snprintf(best, sizeof best, "%s", nearer);
        }
        sqlite3_finalize(s);
        ATTNDYN_TRY(status);
        if (distance > 0 && best[0])
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "--%s=%.60s: %s has no '%s'; did you mean '%s'?", option, list,
                                r->store, name, best);
    }
    return ATTNDYN_OK;
}

/* --heatmap x,y: these axes first; any other must be averaged away. */
static enum attndyn_status order_for_map(struct attndyn_context *ctx, struct chart *chart,
                                         const struct chart_request *r) {
    const char *comma = strchr(r->heatmap, ',');
    if (chart->n_axes != 2 || !comma || !names_listed(r->heatmap, chart->axes[0].key) ||
        !names_listed(r->heatmap, chart->axes[1].key))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "--heatmap=%s: expected the store's two axes x,y (average the others "
                            "away with --over)",
                            r->heatmap);
    if (strncmp(chart->axes[0].key, r->heatmap, (size_t)(comma - r->heatmap)) != 0) {
        struct chart_axis first = chart->axes[0];
        chart->axes[0] = chart->axes[1];
        chart->axes[1] = first;
    }
    return ATTNDYN_OK;
}

/* Groups arrive contiguous, in the design's order: ORDER BY the group's first run. */
static const char query[] =
    "WITH cell AS (SELECT r.idx AS idx, coalesce(a.value, '-') AS x, coalesce(b.value, '-') AS y, "
    "coalesce(c.value, '-') AS p, s.value AS v FROM run r JOIN scalar s ON s.idx = r.idx AND "
    "s.name "
    "= ?1 LEFT JOIN parameter a ON a.idx = r.idx AND a.key = ?2 LEFT JOIN parameter b ON b.idx = "
    "r.idx AND b.key = ?3 LEFT JOIN parameter c ON c.idx = r.idx AND c.key = ?4 WHERE r.status = "
    "'done' AND s.value IS NOT NULL), first AS (SELECT x, y, p, min(idx) AS f FROM cell GROUP BY "
    "x, y, p), series AS (SELECT y, p, min(idx) AS fs FROM cell GROUP BY y, p) SELECT cell.x, "
    "cell.y, cell.p, v FROM cell JOIN first USING (x, y, p) JOIN series USING (y, p) ORDER BY fs, "
    "f, idx";

static void write_group(FILE *to, char *const *at, const double *v, size_t n) {
    fprintf(to, "%s,\"%s\",\"%s\",%.17g,", at[0], at[1], at[2], gsl_stats_mean(v, 1, n));
    if (n > 1)
        fprintf(to, "%.17g", gsl_stats_sd(v, 1, n));
    else
        fputc('0', to);
    fprintf(to, ",%zu\n", n);
}

static enum attndyn_status write_data(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *r, const char *scalar,
                                      size_t *rows) {
    char *path = attndyn_format(ctx, "%s/%s.csv", r->folder, scalar);
    sqlite3_stmt *s;
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, query, &s));
    sqlite3_bind_text(s, 1, scalar, -1, SQLITE_STATIC);
    for (int a = 0; a < MOST_AXES; a++)
        sqlite3_bind_text(s, a + 2, a < chart->n_axes ? chart->axes[a].key : "", -1, SQLITE_STATIC);
    struct attndyn_file file;
    enum attndyn_status status = attndyn_file_begin(ctx, &file, path);
    if (!status) fputs("x,series,panel,mean,sd,n\n", file.stream);
    char *at[3] = {NULL, NULL, NULL};
    double *v = NULL;
    size_t n = 0, room = 0;
    *rows = 0;
    while (!status) {
        const char *now[3] = {NULL, NULL, NULL}; /* never NULL in a row: the query has '-' for it */
        bool more;
        status = sql_row(ctx, &chart->sql, s, &more);
        for (int i = 0; i < 3 && more && !status; i++)
            status = sql_text(ctx, &chart->sql, s, i, &now[i]);
        if (status) break;
        bool same = more && n > 0;
        for (int i = 0; i < 3 && same; i++) same = strcmp(at[i], now[i]) == 0;
        if (!same && n > 0) {
            write_group(file.stream, at, v, n);
            (*rows)++;
            n = 0;
        }
        if (!more) break;
        for (int i = 0; i < 3 && n == 0; i++)
            if (!(at[i] = attndyn_strdup(ctx, now[i]))) status = ATTNDYN_NO_MEMORY;
        if (n == room) {
            double *larger = attndyn_resize(ctx, v, room, 2 * room + 16, sizeof *v);
            if (!larger)
                status = ATTNDYN_NO_MEMORY;
            else
                v = larger, room = 2 * room + 16;
        }
        if (!status) v[n++] = sqlite3_column_double(s, 3);
    }
    sqlite3_finalize(s);
    if (status) {
        attndyn_file_abandon(&file);
        return status;
    }
    return attndyn_file_commit(ctx, &file);
}

static const char *plot_text(const char *name) {
    for (const struct embedded_plot *p = embedded_plots; p->name; p++)
        if (strcmp(p->name, name) == 0) return p->text;
    return "";
}

static enum attndyn_status write_script(struct attndyn_context *ctx, const struct chart *chart,
                                        const struct chart_request *r, const char *scalar) {
    char *path = attndyn_format(ctx, "%s/%s.gp", r->folder, scalar);
    if (!path) return ATTNDYN_NO_MEMORY;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    FILE *to = file.stream;
    const struct {
        const char *name, *value;
    } strings[] = {{"scalar", scalar},
                   {"experiment", chart->experiment},
                   {"x_key", chart->axes[0].key},
                   {"series_key", chart->n_axes > 1 ? chart->axes[1].key : ""},
                   {"panel_key", chart->n_axes > 2 ? chart->axes[2].key : ""},
                   {"levels", r->contours ? r->contours : ""},
                   {"title", r->title ? r->title : chart->experiment}};
    fprintf(to, "if (!exists(\"out\")) out = '%s.svg'\ndata = '%s.csv'\n", scalar, scalar);
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        fprintf(to, "%s = ", strings[i].name);
        figure_quote(to, strings[i].value);
        fputc('\n', to);
    }
    fprintf(to, "x_log = %d\ny_log = %d\n", chart->axes[0].logarithmic, chart->axes[1].logarithmic);
    fprintf(to, "%s\n%s%s\nset output\n", plot_text("house.gp"), plot_text("sweep/axes.gp"),
            plot_text(r->heatmap ? "sweep/heatmap.gp" : "sweep/lines.gp"));
    return attndyn_file_commit(ctx, &file);
}

/* The data, the script, the figure; *drawn false where the scalar has no value. */
static enum attndyn_status draw_scalar(struct attndyn_context *ctx, struct chart *chart,
                                       const struct chart_request *r, const char *name,
                                       bool *drawn) {
    size_t rows = 0;
    ATTNDYN_TRY(write_data(ctx, chart, r, name, &rows));
    *drawn = rows > 0;
    if (rows == 0) return ATTNDYN_OK;
    ATTNDYN_TRY(write_script(ctx, chart, r, name));
    char *script = attndyn_format(ctx, "%s.gp", name);
    return script ? figure_draw(ctx, r->folder, script) : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status draw_scalars(struct attndyn_context *ctx, struct chart *chart,
                                        const struct chart_request *r, int *drawn) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(
        ctx, &chart->sql, "SELECT name, count(value) FROM scalar GROUP BY name ORDER BY name", &s));
    enum attndyn_status status;
    bool more, one;
    *drawn = 0;
    while (!(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
        char *name;
        if ((status = sql_copy(ctx, &chart->sql, s, 0, &name))) break;
        if (sqlite3_column_int(s, 1) == 0 || (r->scalars && !names_listed(r->scalars, name)))
            continue;
        if ((status = draw_scalar(ctx, chart, r, name, &one))) break;
        *drawn += one;
    }
    sqlite3_finalize(s);
    if (!status && *drawn == 0)
        status = attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s holds no finished value%s%s", r->store,
                              r->scalars ? " of " : "", r->scalars ? r->scalars : "");
    return status;
}

static enum attndyn_status read_experiment(struct attndyn_context *ctx, struct chart *chart) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(
        sql_prepare(ctx, &chart->sql, "SELECT value FROM meta WHERE key = 'experiment'", &s));
    bool more = false;
    enum attndyn_status status = sql_row(ctx, &chart->sql, s, &more);
    if (!status && more) status = sql_copy(ctx, &chart->sql, s, 0, &chart->experiment);
    sqlite3_finalize(s);
    if (status || more) return status;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s is no store of a sweep", chart->sql.path);
}

enum attndyn_status chart_draw(struct attndyn_context *ctx, const struct chart_request *r,
                               int *drawn) {
    struct chart chart = {.sql = {.path = r->store, .trouble = ATTNDYN_NO_INPUT}};
    if (access(r->store, R_OK) != 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read the store %s", r->store);
    enum attndyn_status status = ATTNDYN_OK;
    if (sqlite3_open_v2(r->store, &chart.sql.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        status = sql_failed(ctx, &chart.sql);
    if (!status) status = read_experiment(ctx, &chart);
    /* The default, seed, need not be an axis. */
    if (!status && strcmp(r->over, "seed") != 0)
        status = names_known(ctx, &chart, r, "over", r->over, "SELECT key FROM axis");
    if (!status && r->scalars)
        status =
            names_known(ctx, &chart, r, "scalar", r->scalars, "SELECT DISTINCT name FROM scalar");
    if (!status) status = read_axes(ctx, &chart, r);
    if (!status && r->heatmap) status = order_for_map(ctx, &chart, r);
    if (!status) status = attndyn_folder_make(ctx, r->folder);
    if (!status) status = draw_scalars(ctx, &chart, r, drawn);
    sqlite3_close(chart.sql.db);
    return status;
}
