#include "chart.h"

#include "../figure.h"
#include "../names.h"
#include "../plots.h"
#include "sim/base/file.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_AXES = 3 };

struct chart_axis {
    char *key, *text;
    bool logarithmic;
};

struct chart {
    sqlite3 *db;
    char *experiment;
    struct chart_axis axes[MOST_AXES]; /* x, series, panel */
    int n_axes;
};

static enum attndyn_status failed(struct attndyn_context *ctx, const struct chart *chart,
                                  const char *store) {
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: %s", store, sqlite3_errmsg(chart->db));
}

static enum attndyn_status read_axes(struct attndyn_context *ctx, struct chart *chart,
                                     const struct chart_request *r) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(chart->db, "SELECT key, text FROM axis ORDER BY position", -1, &s,
                           NULL) != SQLITE_OK)
        return failed(ctx, chart, r->store);
    enum attndyn_status status = ATTNDYN_OK;
    while (!status && sqlite3_step(s) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(s, 0);
        const char *text = (const char *)sqlite3_column_text(s, 1);
        if (names_listed(r->over, key)) continue;
        if (chart->n_axes == MOST_AXES) {
            status = attndyn_fail(ctx, ATTNDYN_USAGE,
                                  "%s has more than three axes; average some away with --over",
                                  r->store);
            break;
        }
        struct chart_axis *axis = &chart->axes[chart->n_axes++];
        axis->key = attndyn_strdup(ctx, key);
        axis->text = attndyn_strdup(ctx, text);
        if (!axis->key || !axis->text)
            status = ATTNDYN_NO_MEMORY;
        else
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
        if (sqlite3_prepare_v2(chart->db, query, -1, &s, NULL) != SQLITE_OK)
            return failed(ctx, chart, r->store);
        size_t distance = SIZE_MAX;
        best[0] = '\0';
        while (sqlite3_step(s) == SQLITE_ROW) {
            const char *known = (const char *)sqlite3_column_text(s, 0), *nearer = NULL;
            if (known) names_nearer(name, known, &nearer, &distance);
            if (nearer) snprintf(best, sizeof best, "%s", nearer);
        }
        sqlite3_finalize(s);
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
    if (sqlite3_prepare_v2(chart->db, query, -1, &s, NULL) != SQLITE_OK)
        return failed(ctx, chart, r->store);
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
    for (int code; !status;) {
        code = sqlite3_step(s);
        bool more = code == SQLITE_ROW, same = more && n > 0;
        for (int i = 0; i < 3 && same; i++)
            same = strcmp(at[i], (const char *)sqlite3_column_text(s, i)) == 0;
        if (!same && n > 0) {
            write_group(file.stream, at, v, n);
            (*rows)++;
            n = 0;
        }
        if (!more) {
            if (code != SQLITE_DONE) status = failed(ctx, chart, r->store);
            break;
        }
        for (int i = 0; i < 3 && n == 0; i++)
            if (!(at[i] = attndyn_strdup(ctx, (const char *)sqlite3_column_text(s, i))))
                status = ATTNDYN_NO_MEMORY;
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

static enum attndyn_status draw_scalars(struct attndyn_context *ctx, struct chart *chart,
                                        const struct chart_request *r, int *drawn) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(chart->db,
                           "SELECT name, count(value) FROM scalar GROUP BY name ORDER BY name", -1,
                           &s, NULL) != SQLITE_OK)
        return failed(ctx, chart, r->store);
    enum attndyn_status status = ATTNDYN_OK;
    *drawn = 0;
    while (!status && sqlite3_step(s) == SQLITE_ROW) {
        char *name = attndyn_strdup(ctx, (const char *)sqlite3_column_text(s, 0));
        size_t rows = 0;
        if (!name) status = ATTNDYN_NO_MEMORY;
        if (status || sqlite3_column_int(s, 1) == 0 ||
            (r->scalars && !names_listed(r->scalars, name)))
            continue;
        status = write_data(ctx, chart, r, name, &rows);
        if (!status && rows == 0) continue;
        if (!status) status = write_script(ctx, chart, r, name);
        char *script = status ? NULL : attndyn_format(ctx, "%s.gp", name);
        if (script) status = figure_draw(ctx, r->folder, script);
        *drawn += !status;
    }
    sqlite3_finalize(s);
    if (!status && *drawn == 0)
        status = attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s holds no finished value%s%s", r->store,
                              r->scalars ? " of " : "", r->scalars ? r->scalars : "");
    return status;
}

static enum attndyn_status read_experiment(struct attndyn_context *ctx, struct chart *chart,
                                           const char *store) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(chart->db, "SELECT value FROM meta WHERE key = 'experiment'", -1, &s,
                           NULL) != SQLITE_OK)
        return failed(ctx, chart, store);
    if (sqlite3_step(s) == SQLITE_ROW)
        chart->experiment = attndyn_strdup(ctx, (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    if (chart->experiment) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s is no store of a sweep", store);
}

enum attndyn_status chart_draw(struct attndyn_context *ctx, const struct chart_request *r,
                               int *drawn) {
    struct chart chart = {0};
    if (access(r->store, R_OK) != 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "cannot read the store %s", r->store);
    enum attndyn_status status = ATTNDYN_OK;
    if (sqlite3_open_v2(r->store, &chart.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        status = failed(ctx, &chart, r->store);
    if (!status) status = read_experiment(ctx, &chart, r->store);
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
    sqlite3_close(chart.db);
    return status;
}
