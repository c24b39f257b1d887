#include "chart_private.h"

#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/figure.h"
#include "experiments/frame/run/plots.h"
#include "sim/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    for (int a = 0; a < chart->n_axes && !status; a++) status = chart_values_read(ctx, chart, a);
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
            return attndyn_fail(ctx, ATTNDYN_USAGE, "--%s=%.60s: %s has no '%s'%s", option, list,
                                r->store, name,
                                names_hint(&(struct hint){0}, name, best, distance));
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
    if (strcmp(chart->axes[1].key, comma + 1) != 0) {
        struct chart_axis first = chart->axes[0];
        chart->axes[0] = chart->axes[1];
        chart->axes[1] = first;
    }
    return ATTNDYN_OK;
}

/* A map needs every pair of the two axes' values in the design: a sample or a zip is no grid. */
static enum attndyn_status grid_for_map(struct attndyn_context *ctx, struct chart *chart,
                                        const struct chart_request *r) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql,
                            "SELECT count(*) FROM (SELECT DISTINCT a.value, b.value FROM parameter "
                            "a JOIN parameter b USING (idx) WHERE a.key = ?1 AND b.key = ?2)",
                            &s));
    for (int a = 0; a < 2; a++) sqlite3_bind_text(s, a + 1, chart->axes[a].key, -1, SQLITE_STATIC);
    bool more = false;
    enum attndyn_status status = sql_row(ctx, &chart->sql, s, &more);
    size_t pairs = status ? 0 : (size_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    size_t nx = chart->axes[0].values.count, ny = chart->axes[1].values.count;
    if (pairs == nx * ny) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "--heatmap=%s: the sweep has %zu points, no grid of %zu by %zu: leave "
                        "--heatmap out, or sweep both axes without --sample and --zip",
                        r->heatmap, pairs, nx, ny);
}

static const char *plot_text(const char *name) {
    for (const struct embedded_plot *p = embedded_plots; p->name; p++)
        if (strcmp(p->name, name) == 0) return p->text;
    return "";
}

/* Few digits of a long number, as many as tell it from the others; any other text as it is. */
static int digits_of(const struct chart_values *values) {
    char one[40], other[40];
    for (int digits = 3; digits < 17; digits++) {
        bool apart = true;
        for (size_t i = 1; i < values->count && apart; i++) {
            snprintf(one, sizeof one, "%.*g", digits, strtod(values->text[i - 1], NULL));
            snprintf(other, sizeof other, "%.*g", digits, strtod(values->text[i], NULL));
            apart = strcmp(one, other) != 0;
        }
        if (apart) return digits;
    }
    return 17;
}

/* NAME: the texts; NAMEL: as a title shows them; NAMET: as a tic does, where gnuplot takes % for
 * the beginning of a format. */
static enum attndyn_status put_values(struct attndyn_context *ctx, FILE *to, const char *name,
                                      const struct chart_values *values) {
    if (values->count == 0) return ATTNDYN_OK; /* gnuplot has no empty arrays */
    const int digits = values->numeric ? digits_of(values) : 0;
    for (const char *form = "-LT"; *form; form++) {
        fprintf(to, "array %s%.*s[%zu] = [", name, *form != '-', form, values->count);
        for (size_t i = 0; i < values->count; i++) {
            const char *text = values->text[i];
            char *shown = attndyn_alloc(ctx, 2 * strlen(text) + 40, 1), *end = shown;
            if (!shown) return ATTNDYN_NO_MEMORY;
            if (*form != '-' && digits && digits < 17 && strlen(text) > 6)
                snprintf(shown, 40, "%.*g", digits, strtod(text, NULL));
            else
                for (; *text; *end++ = *text++)
                    if (*text == '%' && *form == 'T') *end++ = '%';
            if (i) fputs(", ", to);
            figure_quote(to, shown);
            attndyn_free(ctx, shown);
        }
        fputs("]\n", to);
    }
    return ATTNDYN_OK;
}

/* The levels of --contours, separated by blanks: positive numbers, as they go into the script. */
static enum attndyn_status read_levels(struct attndyn_context *ctx, const char *contours,
                                       char **levels) {
    *levels = attndyn_strdup(ctx, "");
    char level[64];
    for (const char *at = contours ? contours : "";
         *levels && names_next(&at, level, sizeof level);) {
        double x;
        if (!params_read_number(level, level + strlen(level), &x) || !(x > 0))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "--contours=%.60s: expected positive numbers, comma-separated",
                                contours);
        char *number = params_number(ctx, x);
        if (!number) return ATTNDYN_NO_MEMORY;
        *levels = attndyn_format(ctx, "%s%s%s", *levels, **levels ? " " : "", number);
    }
    return *levels ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static const char *unit_of(const struct chart *chart, const char *scalar) {
    for (size_t e = 0; e < registry_count(); e++) {
        if (strcmp(registry_at(e)->id, chart->experiment) != 0) continue;
        for (const struct scalar *s = registry_at(e)->scalars; s && s->name; s++)
            if (strcmp(s->name, scalar) == 0) return s->unit ? s->unit : "";
    }
    return "";
}

static enum attndyn_status write_script(struct attndyn_context *ctx, const struct chart *chart,
                                        const struct chart_request *r, const char *scalar,
                                        const struct chart_cells *cells) {
    char *path = attndyn_format(ctx, "%s/%s.gp", r->folder, scalar), *levels;
    if (!path) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(read_levels(ctx, r->contours, &levels));
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    FILE *to = file.stream;
    const struct chart_axis *x = &chart->axes[0], *y = &chart->axes[1];
    const struct {
        const char *name, *value;
    } strings[] = {{"scalar", scalar},
                   {"unit", unit_of(chart, scalar)},
                   {"experiment", chart->experiment},
                   {"x_key", x->key},
                   {"series_key", chart->n_axes > 1 ? y->key : ""},
                   {"panel_key", chart->n_axes > 2 ? chart->axes[2].key : ""},
                   {"levels", levels},
                   {"title", r->title ? r->title : chart->experiment}};
    fprintf(to, "if (!exists(\"out\")) out = '%s.svg'\ndata = '%s.csv'\n", scalar, scalar);
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        fprintf(to, "%s = ", strings[i].name);
        figure_quote(to, strings[i].value);
        fputc('\n', to);
    }
    enum attndyn_status status = put_values(ctx, to, "X", &x->values);
    if (!status) status = put_values(ctx, to, "S", r->heatmap ? &y->values : &cells->series);
    if (!status) status = put_values(ctx, to, "P", &cells->panels);
    if (status) {
        attndyn_file_abandon(&file);
        return status;
    }
    fprintf(to, "x_log = %d\nx_numeric = %d\n", x->logarithmic, x->values.numeric);
    fprintf(to, "complete = %d\n", cells->filled == cells->rows);
    fprintf(to, "%s\n%s%s\nset output\n", plot_text("house.gp"), plot_text("sweep/axes.gp"),
            plot_text(r->heatmap ? "sweep/heatmap.gp" : "sweep/lines.gp"));
    return attndyn_file_commit(ctx, &file);
}

/* The data, the script, the figure; *drawn false where the scalar has no value. */
static enum attndyn_status draw_scalar(struct attndyn_context *ctx, struct chart *chart,
                                       const struct chart_request *r, const char *name,
                                       bool *drawn) {
    struct chart_cells cells;
    ATTNDYN_TRY(chart_cells_write(ctx, chart, r, name, &cells));
    *drawn = cells.rows > 0;
    if (cells.rows == 0) return ATTNDYN_OK;
    if (cells.filled < cells.rows)
        fprintf(stderr, "attndyn: %s/%s.svg: %zu of %zu cells have no value\n", r->folder, name,
                cells.rows - cells.filled, cells.rows);
    ATTNDYN_TRY(write_script(ctx, chart, r, name, &cells));
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
    char *levels;
    ATTNDYN_TRY(read_levels(ctx, r->contours, &levels));
    enum attndyn_status status = sql_open_reading(ctx, &chart.sql);
    if (!status) status = read_experiment(ctx, &chart);
    /* The default, seed, need not be an axis. */
    if (!status && strcmp(r->over, "seed") != 0)
        status = names_known(ctx, &chart, r, "over", r->over, "SELECT key FROM axis");
    if (!status && r->scalars)
        status =
            names_known(ctx, &chart, r, "scalar", r->scalars, "SELECT DISTINCT name FROM scalar");
    if (!status) status = read_axes(ctx, &chart, r);
    if (!status && r->heatmap) status = order_for_map(ctx, &chart, r);
    if (!status && r->heatmap) status = grid_for_map(ctx, &chart, r);
    if (!status) status = attndyn_folder_make(ctx, r->folder);
    if (!status) status = draw_scalars(ctx, &chart, r, drawn);
    sqlite3_close(chart.sql.db);
    return status;
}
