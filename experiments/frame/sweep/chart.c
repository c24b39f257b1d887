#include "chart_private.h"

#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/params.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/contract/symbols.h"
#include "experiments/frame/run/figure.h"
#include "experiments/frame/run/outputs.h"
#include "experiments/frame/run/plots.h"
#include "sim/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *plot_text(const char *name) {
    for (const struct embedded_plot *p = embedded_plots; p->name; p++)
        if (strcmp(p->name, name) == 0) return p->text;
    return "";
}

/* Shortens a long number to the digits that distinguish it from the others; other texts stay. */
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

static bool is_markup(char c) {
    return c && strchr("_^{}@&~\\", c);
}

/* The text, as an enhanced text shows it letter by letter; owned by ctx, NULL: no memory. */
static char *plain(struct attndyn_context *ctx, const char *text) {
    char *shown = attndyn_alloc(ctx, 2 * strlen(text) + 1, 1), *end = shown;
    for (; shown && *text; *end++ = *text++)
        if (is_markup(*text)) *end++ = '\\';
    return shown;
}

/* NAME: the texts; NAMEL: as an enhanced text shows them, where gnuplot takes some characters for
 * markup; NAMET: as a tic does, where it takes % for the beginning of a format. */
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
                    if (*text == '%' && *form == 'T')
                        *end++ = '%';
                    else if (*form == 'L' && is_markup(*text))
                        *end++ = '\\';
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

static const char *unit_of(const struct chart *chart, const char *table, const char *scalar) {
    const struct experiment *e = chart->experiment;
    for (const struct table *t = e && table ? e->tables : NULL; t && t->name; t++)
        for (const struct column *c = t->columns; c->name && strcmp(t->name, table) == 0; c++)
            if (strcmp(c->name, scalar) == 0) return c->unit ? c->unit : "";
    if (table) return "";
    for (const struct scalar *x = e ? e->scalars : NULL; x && x->name; x++)
        if (strcmp(x->name, scalar) == 0) return x->unit ? x->unit : "";
    return "";
}

/* --- what a reader must know: the bars, and what was fixed --------------------------------------
 */

/* The keys of --over that are axes of the store, "seed and class". */
static enum attndyn_status averaged_keys(struct attndyn_context *ctx, struct chart *chart,
                                         const char *over, char **keys) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, "SELECT key FROM axis ORDER BY position", &s));
    enum attndyn_status status = ATTNDYN_OK;
    bool more;
    *keys = attndyn_strdup(ctx, "");
    while (*keys && !(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
        const char *key;
        if ((status = sql_text(ctx, &chart->sql, s, 0, &key))) break;
        if (key && names_listed(over, key))
            *keys = attndyn_format(ctx, "%s%s%s", *keys, **keys ? " and " : "", key);
    }
    sqlite3_finalize(s);
    return *keys ? status : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status in_words(struct attndyn_context *ctx, struct chart *chart,
                                    const struct chart_request *r, const struct chart_cells *cells,
                                    char **said) {
    char *keys, runs[60];
    ATTNDYN_TRY(averaged_keys(ctx, chart, r->over, &keys));
    snprintf(runs, sizeof runs, cells->fewest == cells->most ? "%zu" : "%zu to %zu", cells->fewest,
             cells->most);
    if (cells->most <= 1)
        *said = attndyn_strdup(ctx, r->heatmap ? "one run a cell" : "one run a point");
    else
        *said = attndyn_format(ctx, "%s over %s runs%s%s",
                               r->heatmap ? "mean" : "mean, bars: standard deviation", runs,
                               *keys ? " that differ in " : "", keys);
    for (size_t i = 0; i < chart->n_fixed && *said; i++)
        *said = attndyn_format(ctx, "%s%s%s=%s", *said, i ? ", " : "; fixed: ", chart->fixed[i].key,
                               chart->fixed[i].value);
    return *said ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
}

static bool has(const char *logarithmic, char scale) {
    return logarithmic && strchr(logarithmic, scale);
}

static enum attndyn_status write_script(struct attndyn_context *ctx, const struct chart *chart,
                                        const struct chart_request *r, const char *scalar,
                                        const struct chart_cells *cells, const char *said) {
    char *path = attndyn_format(ctx, "%s/%s.gp", r->folder, scalar), *levels;
    if (!path) return ATTNDYN_NO_MEMORY;
    char labels[4][121] = {"", "", "", ""};
    symbol_of(labels[3], chart->experiment, scalar);
    for (int a = 0; a < chart->n_axes; a++)
        symbol_of(labels[a], chart->experiment, chart->axes[a].key);
    ATTNDYN_TRY(read_levels(ctx, r->contours, &levels));
    const char *title = plain(ctx, r->title ? r->title : chart->id), *plain_said = plain(ctx, said);
    if (!title || !plain_said) return ATTNDYN_NO_MEMORY;
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    FILE *to = file.stream;
    const struct chart_axis *x = &chart->axes[0], *y = &chart->axes[1];
    const struct {
        const char *name, *value;
    } strings[] = {{"quantity", labels[3]},    {"unit", unit_of(chart, r->table, scalar)},
                   {"x_label", labels[0]},     {"series_label", labels[1]},
                   {"panel_label", labels[2]}, {"said", plain_said},
                   {"levels", levels},         {"title", title}};
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
    const bool x_log = x->logarithmic || has(r->logarithmic, 'x');
    fprintf(to, "x_log = %d\ny_log = %d\nx_numeric = %d\n", x_log, has(r->logarithmic, 'y'),
            x->values.numeric);
    fprintf(to, "complete = %d\nmany = %d\n", cells->filled == cells->rows, cells->many);
    fprintf(to, "%s\n%s%s\nset output\n", plot_text("house.gp"), plot_text("sweep/axes.gp"),
            plot_text(r->heatmap ? "sweep/heatmap.gp" : "sweep/lines.gp"));
    return attndyn_file_commit(ctx, &file);
}

/* A figure's files may replace those of an earlier one, and nothing else. */
static enum attndyn_status may_stand_there(struct attndyn_context *ctx,
                                           const struct chart_request *r, const char *name) {
    static const char *const endings[] = {"csv", "gp"};
    static const char head[] = "x,series,panel,";
    struct outputs files = {0};
    ATTNDYN_TRY(outputs_add(ctx, &files, "the store", r->store, OUTPUT_STORE_READ));
    for (size_t i = 0; i <= sizeof endings / sizeof *endings; i++) {
        char *path = attndyn_format(ctx, "%s/%s.%s", r->folder, name,
                                    i < 2       ? endings[i]
                                    : r->format ? r->format
                                                : "svg");
        if (!path) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(outputs_add(ctx, &files, "--out's", path, OUTPUT_OF_RUN));
        FILE *there = i == 0 ? fopen(path, "rb") : NULL;
        char begins[sizeof head] = "";
        if (!there) continue;
        size_t n = fread(begins, 1, sizeof head - 1, there);
        fclose(there);
        if (n > 0 && strcmp(begins, head) != 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s stands there and is no table of a figure: name another --out",
                                path);
    }
    return outputs_check(ctx, &files);
}

/* The data, the script, the figure; *drawn false where the scalar has no value. */
static enum attndyn_status draw_scalar(struct attndyn_context *ctx, struct chart *chart,
                                       const struct chart_request *r, const char *name, bool *drawn,
                                       char **said) {
    struct chart_cells cells;
    ATTNDYN_TRY(may_stand_there(ctx, r, name));
    ATTNDYN_TRY(r->table ? chart_table_write(ctx, chart, r, name, &cells)
                         : chart_cells_write(ctx, chart, r, name, &cells));
    *drawn = cells.rows > 0;
    if (cells.rows == 0) return ATTNDYN_OK;
    if (cells.filled < cells.rows)
        fprintf(stderr, "attndyn: %s/%s.svg: %zu of %zu cells have no value\n", r->folder, name,
                cells.rows - cells.filled, cells.rows);
    if (has(r->logarithmic, 'y') && !(cells.least > 0))
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "--log=%s: the least mean of %s is %.4g: a logarithmic scale needs positive "
            "values",
            r->logarithmic, name, cells.least);
    ATTNDYN_TRY(in_words(ctx, chart, r, &cells, said));
    ATTNDYN_TRY(write_script(ctx, chart, r, name, &cells, *said));
    char *script = attndyn_format(ctx, "%s.gp", name);
    return script ? figure_draw(ctx, r->folder, script, r->format) : ATTNDYN_NO_MEMORY;
}

static enum attndyn_status draw_scalars(struct attndyn_context *ctx, struct chart *chart,
                                        const struct chart_request *r, int *drawn, char **said) {
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
        if ((status = draw_scalar(ctx, chart, r, name, &one, said))) break;
        *drawn += one;
    }
    sqlite3_finalize(s);
    if (!status && *drawn == 0)
        status = attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s holds no finished value%s%s", r->store,
                              r->scalars ? " of " : "", r->scalars ? r->scalars : "");
    return status;
}

/* The columns of a table that is kept, one after the other. */
static enum attndyn_status draw_table(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *r,
                                      const struct sql_names *columns, int *drawn, char **said) {
    bool one;
    *drawn = 0;
    for (size_t c = 0; c < columns->count; c++) {
        ATTNDYN_TRY(draw_scalar(ctx, chart, r, columns->at[c], &one, said));
        *drawn += one;
    }
    if (*drawn) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s holds no row of table %s%s", r->store, r->table,
                        r->n_where ? " that --where asks for" : "");
}

static enum attndyn_status read_experiment(struct attndyn_context *ctx, struct chart *chart) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(
        sql_prepare(ctx, &chart->sql, "SELECT value FROM meta WHERE key = 'experiment'", &s));
    bool more = false;
    enum attndyn_status status = sql_row(ctx, &chart->sql, s, &more);
    if (!status && more) status = sql_copy(ctx, &chart->sql, s, 0, &chart->id);
    sqlite3_finalize(s);
    for (size_t e = 0; e < registry_count() && !status && more; e++)
        if (strcmp(registry_at(e)->id, chart->id) == 0) chart->experiment = registry_at(e);
    if (status || more) return status;
    return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s is no store of a sweep", chart->sql.path);
}

/* A logarithmic scale of x needs positive numbers. */
static enum attndyn_status scales(struct attndyn_context *ctx, const struct chart *chart,
                                  const struct chart_request *r) {
    if (!r->logarithmic) return ATTNDYN_OK;
    if (!r->logarithmic[0] || strspn(r->logarithmic, "xy") != strlen(r->logarithmic))
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--log=%.20s: expected x, y or xy", r->logarithmic);
    if (r->heatmap)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "--log belongs to lines; a map's colour is logarithmic with --contours");
    const struct chart_values *x = &chart->axes[0].values;
    if (r->table) return ATTNDYN_OK; /* chart_table.c knows its numbers when it has read them */
    if (has(r->logarithmic, 'x') && !(x->count && x->numeric && strtod(x->text[0], NULL) > 0))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "--log=%s: a logarithmic scale needs positive numbers, and %s has %s",
                            r->logarithmic, chart->axes[0].key, x->count ? x->text[0] : "none");
    return ATTNDYN_OK;
}

enum attndyn_status chart_draw(struct attndyn_context *ctx, const struct chart_request *r,
                               int *drawn, char **said) {
    struct chart chart = {.sql = {.path = r->store, .trouble = ATTNDYN_NO_INPUT}};
    char *levels;
    *said = NULL;
    ATTNDYN_TRY(read_levels(ctx, r->contours, &levels));
    enum attndyn_status status = sql_open_reading(ctx, &chart.sql);
    if (!status) status = read_experiment(ctx, &chart);
    /* The default, seed, need not be an axis. */
    if (!status && strcmp(r->over, "seed") != 0)
        status = chart_names_known(ctx, &chart, r, "over", r->over, "SELECT key FROM axis");
    struct sql_names columns = {0};
    if (!status && r->table) status = chart_table_columns(ctx, &chart, r, &columns);
    if (!status && r->scalars && !r->table)
        status = chart_names_known(ctx, &chart, r, "scalar", r->scalars,
                                   "SELECT DISTINCT name FROM scalar");
    if (!status) status = chart_axes_read(ctx, &chart, r);
    if (!status) status = scales(ctx, &chart, r);
    if (!status) status = attndyn_folder_make(ctx, r->folder);
    if (!status)
        status = r->table ? draw_table(ctx, &chart, r, &columns, drawn, said)
                          : draw_scalars(ctx, &chart, r, drawn, said);
    sqlite3_close(chart.sql.db);
    return status;
}
