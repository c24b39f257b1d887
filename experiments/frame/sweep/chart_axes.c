#include "axis.h"
#include "chart_private.h"
#include "experiments/frame/contract/names.h"

#include <stdio.h>
#include <string.h>

/* Every name of a comma-separated list must be one that the query gives. */
/* Adds a name to a list that a message shows; what does not fit ends in "...". */
static void also(char *list, size_t room, const char *name) {
    const size_t length = strlen(list);
    if (length + strlen(name) + sizeof ", ..." <= room)
        snprintf(list + length, room - length, "%s%s", length ? ", " : "", name);
    else if (length > 3 && strcmp(list + length - 3, "...") != 0)
        snprintf(list + length, room - length, ", ...");
}

enum attndyn_status chart_names_known(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *r, const char *option,
                                      const char *list, const char *query) {
    char name[64], best[64], all[256];
    for (const char *at = list; names_next(&at, name, sizeof name);) {
        sqlite3_stmt *s;
        ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, query, &s));
        size_t distance = SIZE_MAX;
        best[0] = all[0] = '\0';
        enum attndyn_status status;
        bool more;
        while (!(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
            const char *known, *nearer = NULL;
            if ((status = sql_text(ctx, &chart->sql, s, 0, &known))) break;
            if (!known) continue;
            also(all, sizeof all, known);
            names_nearer(name, known, &nearer, &distance);
            if (nearer) snprintf(best, sizeof best, "%s", nearer);
        }
        sqlite3_finalize(s);
        ATTNDYN_TRY(status);
        if (distance == 0 || !best[0]) continue;
        const char *hint = names_hint(&(struct hint){0}, name, best, distance);
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--%s=%.60s: %s has no '%s'%s%s", option, list,
                            r->store, name, *hint ? hint : "; it has ", *hint ? "" : all);
    }
    return ATTNDYN_OK;
}

/* --- values that are fixed -------------------------------------------------------------------- */

/* The axis's value as the store writes it: 1e3 for 1000. */
static enum attndyn_status stored_value(struct attndyn_context *ctx, struct chart *chart,
                                        const char *key, const char *value, char **stored) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql,
                            "SELECT value FROM parameter WHERE key = ? GROUP BY value ORDER BY "
                            "min(idx)",
                            &s));
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    char has[200] = "";
    enum attndyn_status status;
    bool more;
    *stored = NULL;
    while (!*stored && !(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
        const char *one;
        if ((status = sql_text(ctx, &chart->sql, s, 0, &one)) || !one) break;
        if (axis_same_value(one, value) && !(*stored = attndyn_strdup(ctx, one)))
            status = ATTNDYN_NO_MEMORY;
        const size_t used = strlen(has);
        if (used < sizeof has - 40)
            snprintf(has + used, sizeof has - used, "%s%.30s", used ? ", " : "", one);
    }
    sqlite3_finalize(s);
    ATTNDYN_TRY(*stored ? ATTNDYN_OK : status);
    return *stored ? ATTNDYN_OK
                   : attndyn_fail(ctx, ATTNDYN_USAGE,
                                  "--where=%s=%.60s: %s has no such value; it has %s", key, value,
                                  chart->sql.path, has);
}

static enum attndyn_status fix(struct attndyn_context *ctx, struct chart *chart, const char *where,
                               const struct chart_request *r) {
    const char *equals = strchr(where, '=');
    bool column = false;
    if (r->table && equals) ATTNDYN_TRY(chart_table_chooses(ctx, chart, r, where, &column));
    if (column) return ATTNDYN_OK;
    if (!equals || equals == where)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--where=%.60s: expected KEY=VALUE", where);
    if (chart->n_fixed == MOST_FIXED)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "--where: at most %d are taken", MOST_FIXED);
    struct chart_fixed *fixed = &chart->fixed[chart->n_fixed++];
    fixed->key = attndyn_format(ctx, "%.*s", (int)(equals - where), where);
    if (!fixed->key) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(chart_names_known(ctx, chart, r, "where", fixed->key, "SELECT key FROM axis"));
    return stored_value(ctx, chart, fixed->key, equals + 1, &fixed->value);
}

static bool is_fixed(const struct chart *chart, const char *key) {
    for (size_t i = 0; i < chart->n_fixed; i++)
        if (strcmp(chart->fixed[i].key, key) == 0) return true;
    return false;
}

/* --- axes that are drawn ---------------------------------------------------------------------- */

enum { MOST_SWEPT = 64 };

static enum attndyn_status read_swept(struct attndyn_context *ctx, struct chart *chart,
                                      const struct chart_request *r, struct chart_axis *swept,
                                      int *n) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &chart->sql, "SELECT key, text FROM axis ORDER BY position", &s));
    enum attndyn_status status;
    bool more;
    *n = 0;
    while (!(status = sql_row(ctx, &chart->sql, s, &more)) && more) {
        char *key, *text;
        if ((status = sql_copy(ctx, &chart->sql, s, 0, &key))) break;
        if ((status = sql_copy(ctx, &chart->sql, s, 1, &text))) break;
        if (names_listed(r->over, key) || is_fixed(chart, key)) continue;
        if (*n < MOST_SWEPT)
            swept[(*n)++] =
                (struct chart_axis){.key = key, .logarithmic = strncmp(text, "log:", 4) == 0};
    }
    sqlite3_finalize(s);
    return status;
}

static void to_front(struct chart_axis *axes, int n, int place, const char *key) {
    for (int a = place; a < n; a++) {
        if (strcmp(axes[a].key, key) != 0) continue;
        const struct chart_axis chosen = axes[a];
        memmove(&axes[place + 1], &axes[place], (size_t)(a - place) * sizeof *axes);
        axes[place] = chosen;
        return;
    }
}

static enum attndyn_status choose(struct attndyn_context *ctx, struct chart *chart,
                                  const struct chart_request *r, const char *option,
                                  const char *key, struct chart_axis *swept, int n, int place) {
    if (!key) return ATTNDYN_OK;
    ATTNDYN_TRY(chart_names_known(ctx, chart, r, option, key, "SELECT key FROM axis"));
    to_front(swept, n, place, key);
    if (place < n && strcmp(swept[place].key, key) == 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "--%s=%.60s: that axis is averaged over (--over), fixed (--where) or drawn "
                        "already",
                        option, key);
}

static enum attndyn_status fits(struct attndyn_context *ctx, const struct chart_request *r,
                                const struct chart_axis *swept, int n) {
    if (n == 0 && !r->table)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s has no axis to draw over", r->store);
    if (n <= MOST_AXES - (r->table ? 1 : 0)) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "%s has more than %s axes: average %s or others away with --over, or fix "
                        "them with --where %s=VALUE",
                        r->store, r->table ? "two" : "three", swept[n - 1].key, swept[n - 1].key);
}

/* --heatmap x,y: the two axes that are left. */
static enum attndyn_status order_for_map(struct attndyn_context *ctx, const struct chart_request *r,
                                         struct chart_axis *swept, int n) {
    const char *comma = strchr(r->heatmap, ',');
    if (n == 2 && comma && names_listed(r->heatmap, swept[0].key) &&
        names_listed(r->heatmap, swept[1].key)) {
        to_front(swept, n, 0, swept[strcmp(swept[0].key, comma + 1) == 0].key);
        return ATTNDYN_OK;
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "--heatmap=%s: expected the store's two axes x,y (average the others away "
                        "with --over, or fix them with --where)",
                        r->heatmap);
}

/* A map needs every pair of the two axes' values in the design: a sample or a zip is no grid. */
static enum attndyn_status grid_for_map(struct attndyn_context *ctx, struct chart *chart,
                                        const struct chart_request *r) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(chart_fixed_prepare(
        ctx, chart,
        "SELECT count(*) FROM (SELECT DISTINCT a.value, b.value FROM parameter "
        "a JOIN parameter b ON a.idx = b.idx WHERE a.key = ?1 AND b.key = ?2%s)",
        "a.idx", &s));
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

enum attndyn_status chart_axes_read(struct attndyn_context *ctx, struct chart *chart,
                                    const struct chart_request *r) {
    struct chart_axis swept[MOST_SWEPT];
    int n;
    const int first = r->table ? 1 : 0; /* of a table, x is one of its columns */
    for (size_t i = 0; i < r->n_where; i++) ATTNDYN_TRY(fix(ctx, chart, r->where[i], r));
    ATTNDYN_TRY(read_swept(ctx, chart, r, swept, &n));
    if (!r->table) ATTNDYN_TRY(choose(ctx, chart, r, "x", r->x, swept, n, 0));
    ATTNDYN_TRY(choose(ctx, chart, r, "family", r->family, swept, n, 1 - first));
    if (r->heatmap) ATTNDYN_TRY(order_for_map(ctx, r, swept, n));
    ATTNDYN_TRY(fits(ctx, r, swept, n));
    chart->n_axes = n + first;
    for (int a = first; a < chart->n_axes; a++) {
        chart->axes[a] = swept[a - first];
        ATTNDYN_TRY(chart_values_read(ctx, chart, a));
    }
    return r->heatmap ? grid_for_map(ctx, chart, r) : ATTNDYN_OK;
}
