/* Opening a store with another design: which of its runs the store already has.
 *
 * A run is what its parameters are: two designs share those whose values are all the same. So that
 * an axis may be fixed in one design and vary in the other, runs are compared by their values of
 * every key that varies in either. What both fix must be the same. */
#include "experiments/frame/contract/quote.h"
#include "experiments/frame/run/inputs.h"
#include "sim/base/text.h"
#include "store_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct growth {
    bool same;             /* the same design, or one whose runs are all there as they stand */
    bool covers;           /* the design has every run of the store */
    size_t held, added;    /* runs of the store, runs of the design that it lacks */
    size_t *place;         /* (design->runs), STORE_ABSENT where the store lacks it */
    size_t *run;           /* (held), which run of the design each is; STORE_ABSENT */
    struct sql_names axes; /* of the store */
    struct params *common; /* what the store's runs share */
    const char **keys;     /* (n_keys), what varies in either, in the experiment's order */
    size_t n_keys;
    char *inputs;
};

/* --- what a store says of its design ------------------------------------------------------------
 */

/* The parameters in the text of a design: its lines before those of the axes. */
static enum attndyn_status read_common(struct attndyn_context *ctx, struct store *store, char *text,
                                       struct params **common) {
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const bool end = (strncmp(line, "axis ", 5) == 0 && line[5] >= '0' && line[5] <= '9') ||
                         strncmp(line, "runs ", 5) == 0;
        if (end) *line = '\0';
        if (end) break;
    }
    /* A parameter that there was not at the time had its default. */
    ATTNDYN_TRY(params_create(ctx, store->design->experiment, NULL, common));
    return params_parse(ctx, *common, text, strlen(text), store->sql.path);
}

static const struct axis *axis_of(const struct design *d, const char *key) {
    for (size_t a = 0; a < d->n_axes; a++)
        if (strcmp(d->axes[a].key, key) == 0) return &d->axes[a];
    return NULL;
}

static bool has_value(const struct axis *axis, const char *value) {
    for (size_t v = 0; v < axis->count; v++)
        if (strcmp(axis->values[v], value) == 0) return true;
    return false;
}

/* The key, the two values, and what is to be written for both to have their place. */
static enum attndyn_status refuse(struct attndyn_context *ctx, const struct store *store,
                                  const struct param *param, const char *there, const char *here) {
    const char separator = param->type == PARAM_REALS ? ';' : ',';
    char *held = quote_put(ctx, there, separator), *first = quote_put(ctx, here, separator);
    if (!held || !first) return ATTNDYN_NO_MEMORY;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "store %s holds another sweep: its runs have %s=%s, which this one has "
                        "not: %s=%s%c%s has both in it, or name another --store",
                        store->sql.path, param->name, held, param->name, held, separator, first);
}

/* A key that varies in the store but is not given now is at its default, probably by oversight,
 * unless some run in the store has that value too. */
static enum attndyn_status spoken_of(struct attndyn_context *ctx, const struct store *store,
                                     const char *key) {
    const struct design *d = store->design;
    const char *value = param_value_text(d->common, key);
    long there;
    for (size_t i = 0; i < d->n_fixed; i++)
        if (strcmp(d->fixed[i].key, key) == 0) return ATTNDYN_OK;
    char *query =
        attndyn_format(ctx, "SELECT count(*) FROM parameter WHERE key = '%s' AND value = ?", key);
    if (!query) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_one_integer(ctx, &store->sql, query, value, 0, &there));
    if (there) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "store %s holds another sweep: %s varies in it, and this one leaves it at "
                        "%.60s, which no run there has: give %s=..., or name another --store",
                        store->sql.path, key, *value ? value : "nothing", key);
}

static enum attndyn_status find_keys(struct attndyn_context *ctx, struct store *store,
                                     struct growth *g) {
    const struct design *d = store->design;
    ATTNDYN_ALLOC(ctx, g->keys, d->n_axes + g->axes.count);
    for (const struct param *p = d->experiment->params; p && p->name; p++) {
        const struct axis *axis = axis_of(d, p->name);
        const bool varied = sql_names_position(&g->axes, p->name) < g->axes.count;
        if (axis || varied) g->keys[g->n_keys++] = p->name;
        if (varied && !axis) ATTNDYN_TRY(spoken_of(ctx, store, p->name));
        if (varied) continue;
        const char *there = param_value_text(g->common, p->name);
        if (axis ? !has_value(axis, there)
                 : strcmp(param_value_text(d->common, p->name), there) != 0) {
            const char *here = axis ? axis->values[0] : param_value_text(d->common, p->name);
            return refuse(ctx, store, p, there, here);
        }
    }
    return ATTNDYN_OK;
}

/* --- runs by their values ----------------------------------------------------------------------
 */

struct keyed {
    char *key; /* the values of growth->keys, a line each */
    size_t at;
};

static int by_key(const void *a, const void *b) {
    const struct keyed *x = a, *y = b;
    const int c = strcmp(x->key, y->key);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

static enum attndyn_status key_of(struct attndyn_context *ctx, const struct growth *g,
                                  const char *const *values, char **key) {
    size_t length = 1;
    for (size_t k = 0; k < g->n_keys; k++) length += strlen(values[k]) + 1;
    char *to = *key = attndyn_alloc(ctx, length, 1);
    if (!to) return ATTNDYN_NO_MEMORY;
    for (size_t k = 0; k < g->n_keys; k++) to += sprintf(to, "%s\n", values[k]);
    return ATTNDYN_OK;
}

static enum attndyn_status keys_of_design(struct attndyn_context *ctx, const struct design *d,
                                          const struct growth *g, struct keyed *keyed) {
    const char **values;
    ATTNDYN_ALLOC(ctx, values, g->n_keys + 1);
    for (size_t i = 0; i < d->runs; i++) {
        for (size_t k = 0; k < g->n_keys; k++) {
            const struct axis *axis = axis_of(d, g->keys[k]);
            values[k] = axis ? design_value(d, i, (size_t)(axis - d->axes))
                             : param_value_text(d->common, g->keys[k]);
        }
        keyed[i].at = i;
        ATTNDYN_TRY(key_of(ctx, g, values, &keyed[i].key));
    }
    qsort(keyed, d->runs, sizeof *keyed, by_key);
    return ATTNDYN_OK;
}

static enum attndyn_status keys_of_store(struct attndyn_context *ctx, const struct store *store,
                                         const struct growth *g, struct keyed *keyed) {
    char **cells;
    const char **values;
    ATTNDYN_ALLOC(ctx, cells, g->held * g->axes.count + 1);
    ATTNDYN_ALLOC(ctx, values, g->n_keys + 1);
    sqlite3_stmt *s;
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, "SELECT idx, key, value FROM parameter", &s));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &store->sql, s, &more)) && more) {
        const sqlite3_int64 i = sqlite3_column_int64(s, 0);
        const char *key;
        if ((status = sql_text(ctx, &store->sql, s, 1, &key))) break;
        const size_t a = key ? sql_names_position(&g->axes, key) : g->axes.count;
        if (i < 0 || (size_t)i >= g->held || a == g->axes.count) continue;
        status = sql_copy(ctx, &store->sql, s, 2, &cells[(size_t)i * g->axes.count + a]);
        if (status) break;
    }
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    for (size_t i = 0; i < g->held; i++) {
        for (size_t k = 0; k < g->n_keys; k++) {
            const size_t a = sql_names_position(&g->axes, g->keys[k]);
            values[k] = a < g->axes.count ? cells[i * g->axes.count + a]
                                          : param_value_text(g->common, g->keys[k]);
            if (!values[k])
                return attndyn_fail(ctx, ATTNDYN_IO,
                                    "store %s: run %zu has no %s: it is damaged; restore it from a "
                                    "copy, or start a new one",
                                    store->sql.path, i, g->keys[k]);
        }
        keyed[i].at = i;
        ATTNDYN_TRY(key_of(ctx, g, values, &keyed[i].key));
    }
    qsort(keyed, g->held, sizeof *keyed, by_key);
    return ATTNDYN_OK;
}

static enum attndyn_status match(struct attndyn_context *ctx, const struct store *store,
                                 struct growth *g) {
    const struct design *d = store->design;
    struct keyed *here, *there;
    ATTNDYN_ALLOC(ctx, here, d->runs);
    ATTNDYN_ALLOC(ctx, there, g->held + 1);
    ATTNDYN_ALLOC(ctx, g->place, d->runs);
    ATTNDYN_ALLOC(ctx, g->run, g->held + 1);
    ATTNDYN_TRY(keys_of_design(ctx, d, g, here));
    ATTNDYN_TRY(keys_of_store(ctx, store, g, there));
    for (size_t i = 0; i < d->runs; i++) g->place[i] = STORE_ABSENT;
    for (size_t i = 0; i < g->held; i++) g->run[i] = STORE_ABSENT;
    size_t shared = 0;
    for (size_t i = 0, j = 0; i < d->runs && j < g->held;) {
        const int c = strcmp(here[i].key, there[j].key);
        if (c == 0) {
            g->place[here[i].at] = there[j].at;
            g->run[there[j].at] = here[i].at;
            shared++;
        }
        i += c <= 0;
        j += c >= 0;
    }
    g->added = d->runs - shared;
    g->covers = shared == g->held;
    return ATTNDYN_OK;
}

/* --- inputs ------------------------------------------------------------------------------------
 */

/* The line of the held text about the same key and path. */
static const char *line_about(const char *held, const char *line, size_t name) {
    while (*held) {
        if (strncmp(held, line, name) == 0) return held;
        held += strcspn(held, "\n");
        held += *held == '\n';
    }
    return NULL;
}

/* Files that both read must be the same; g->inputs: those of either. */
static enum attndyn_status join_inputs(struct attndyn_context *ctx, const struct store *store,
                                       const char *held, struct growth *g) {
    struct attndyn_text all;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &all));
    fputs(held, all.stream);
    enum attndyn_status status = ATTNDYN_OK;
    for (const char *line = store->design->inputs; *line && !status;) {
        const size_t length = strcspn(line, "\n");
        char *now = attndyn_format(ctx, "%.*s\n", (int)length, line), *colon = now, *then = NULL;
        for (char *c = now; c && (c = strstr(c, ": ")); c += 2) colon = c;
        const char *there = now ? line_about(held, now, (size_t)(colon - now) + 1) : NULL;
        if (there) then = attndyn_format(ctx, "%.*s\n", (int)strcspn(there, "\n"), there);
        if (!now || (there && !then))
            status = ATTNDYN_NO_MEMORY;
        else if (!there)
            fputs(now, all.stream);
        else if (!inputs_agree(then, now))
            status =
                attndyn_fail(ctx, ATTNDYN_USAGE,
                             "store %s holds another sweep: its inputs say '%.*s', this one's "
                             "'%.*s'; name another --store",
                             store->sql.path, (int)strcspn(then, "\n"), then, (int)length, line);
        line += length + (line[length] == '\n');
    }
    enum attndyn_status ended = attndyn_text_end(&all, &g->inputs);
    return status ? status : ended;
}

/* --- the plan ----------------------------------------------------------------------------------
 */

enum attndyn_status growth_plan(struct attndyn_context *ctx, struct store *store,
                                struct growth **plan) {
    struct growth *g;
    char *design, *inputs;
    long runs;
    ATTNDYN_ALLOC(ctx, g, 1);
    ATTNDYN_TRY(sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'design'", NULL,
                             &design));
    ATTNDYN_TRY(sql_one_text(ctx, &store->sql, "SELECT value FROM meta WHERE key = 'inputs'", NULL,
                             &inputs));
    ATTNDYN_TRY(sql_one_integer(ctx, &store->sql,
                                "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'runs'", NULL,
                                0, &runs));
    if (!design || !inputs || runs < 1 || runs > (long)SWEEP_RUNS_MAX * 10)
        return attndyn_fail(ctx, ATTNDYN_IO,
                            "store %s does not say its design: it is damaged; restore it from a "
                            "copy, or start a new one",
                            store->sql.path);
    g->held = (size_t)runs;
    g->same = strcmp(design, store->design->identity) == 0;
    ATTNDYN_TRY(join_inputs(ctx, store, inputs, g));
    *plan = g;
    if (g->same) return ATTNDYN_OK;
    if (store->design->exact)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "store %s holds another sweep", store->sql.path);
    ATTNDYN_TRY(
        sql_names_read(ctx, &store->sql, "SELECT key FROM axis ORDER BY position", &g->axes));
    ATTNDYN_TRY(read_common(ctx, store, design, &g->common));
    ATTNDYN_TRY(find_keys(ctx, store, g));
    return match(ctx, store, g);
}

/* --- doing it ----------------------------------------------------------------------------------
 */

static enum attndyn_status put_axis(struct attndyn_context *ctx, const struct store *store,
                                    size_t position, const char *key, size_t group,
                                    const char *text) {
    sqlite3_stmt *s;
    ATTNDYN_TRY(
        sql_prepare(ctx, &store->sql, "INSERT OR REPLACE INTO axis VALUES(?, ?, ?, ?)", &s));
    sqlite3_bind_int64(s, 1, (sqlite3_int64)position);
    sqlite3_bind_text(s, 2, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, (sqlite3_int64)group);
    sqlite3_bind_text(s, 4, text, -1, SQLITE_STATIC);
    enum attndyn_status status = sql_step(ctx, &store->sql, s);
    sqlite3_finalize(s);
    return status;
}

static enum attndyn_status put_parameter(struct attndyn_context *ctx, const struct store *store,
                                         sqlite3_stmt *s, size_t place, const char *key,
                                         const char *value) {
    sqlite3_bind_int64(s, 1, (sqlite3_int64)place);
    sqlite3_bind_text(s, 2, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, value, -1, SQLITE_STATIC);
    return sql_step(ctx, &store->sql, s);
}

static enum attndyn_status put_what(struct attndyn_context *ctx, const struct store *store,
                                    size_t runs, const char *design, const char *inputs) {
    char *count = attndyn_format(ctx, "%zu", runs);
    if (!count) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(store_put_meta(ctx, store, "runs", count));
    ATTNDYN_TRY(store_put_meta(ctx, store, "design", design));
    return store_put_meta(ctx, store, "inputs", inputs);
}

static const char insert_parameter[] = "INSERT OR REPLACE INTO parameter VALUES(?, ?, ?)";

enum attndyn_status growth_put_design(struct attndyn_context *ctx, struct store *store) {
    const struct design *d = store->design;
    sqlite3_stmt *s;
    ATTNDYN_TRY(put_what(ctx, store, d->runs, d->identity, d->inputs));
    for (size_t a = 0; a < d->n_axes; a++)
        ATTNDYN_TRY(put_axis(ctx, store, a, d->axes[a].key, d->axes[a].group, d->axes[a].text));
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, insert_parameter, &s));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t i = 0; i < d->runs && !status; i++)
        for (size_t a = 0; a < d->n_axes && !status; a++)
            status = put_parameter(ctx, store, s, i, d->axes[a].key, design_value(d, i, a));
    sqlite3_finalize(s);
    return status;
}

/* Every row gets the number that its run has in the design. Numbers must not meet on the way: they
 * are first made negative. */
static enum attndyn_status renumber(struct attndyn_context *ctx, struct store *store,
                                    const struct growth *g) {
    struct sql_names tables = {0};
    long *rows;
    size_t count;
    ATTNDYN_TRY(store_rows(ctx, store, &rows, &count));
    ATTNDYN_TRY(store_tables(ctx, store, &tables));
    ATTNDYN_TRY(
        sql_do(ctx, &store->sql, "CREATE TEMP TABLE move(old INTEGER PRIMARY KEY, new INTEGER)"));
    for (size_t i = 0; i < count; i++) {
        const uint64_t mark = attndyn_memory_mark(ctx);
        const long old = rows[i];
        uint64_t sum;
        if (old < 0 || (size_t)old >= g->held) continue;
        ATTNDYN_TRY(store_row_is_whole(ctx, store, old));
        ATTNDYN_TRY(store_checksum(ctx, store, old, (long)g->run[old], &sum));
        ATTNDYN_TRY(store_set_checksum(ctx, store, old, sum));
        ATTNDYN_TRY(sql_do_format(ctx, &store->sql, "INSERT INTO move VALUES(%ld, %ld)", old,
                                  (long)g->run[old]));
        attndyn_memory_release(ctx, mark);
    }
    for (size_t t = 0; t < tables.count; t++) {
        ATTNDYN_TRY(sql_do_format(ctx, &store->sql,
                                  "UPDATE \"%s\" SET idx = -1 - (SELECT new FROM move WHERE old = "
                                  "idx)",
                                  tables.at[t]));
        ATTNDYN_TRY(
            sql_do_format(ctx, &store->sql, "UPDATE \"%s\" SET idx = -1 - idx", tables.at[t]));
    }
    return sql_do(ctx, &store->sql, "DROP TABLE move; DELETE FROM parameter; DELETE FROM axis");
}

/* Existing runs keep their numbers; missing ones are appended in the design's order. */
static enum attndyn_status append(struct attndyn_context *ctx, struct store *store,
                                  const struct growth *g) {
    const struct design *d = store->design;
    sqlite3_stmt *s;
    size_t position = g->axes.count, place = g->held;
    for (size_t a = 0; a < d->n_axes; a++) {
        const struct axis *axis = &d->axes[a];
        if (sql_names_position(&g->axes, axis->key) < g->axes.count) continue;
        ATTNDYN_TRY(put_axis(ctx, store, position, axis->key, position, axis->text));
        position++;
    }
    ATTNDYN_TRY(sql_prepare(ctx, &store->sql, insert_parameter, &s));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t k = 0; k < g->n_keys; k++) { /* what was the same in all, and varies now */
        if (sql_names_position(&g->axes, g->keys[k]) < g->axes.count) continue;
        for (size_t i = 0; i < g->held && !status; i++)
            status = put_parameter(ctx, store, s, i, g->keys[k],
                                   param_value_text(g->common, g->keys[k]));
    }
    for (size_t i = 0; i < d->runs; i++) {
        if (g->place[i] != STORE_ABSENT) continue;
        for (size_t k = 0; k < g->n_keys && !status; k++) {
            const struct axis *axis = axis_of(d, g->keys[k]);
            const char *value = axis ? design_value(d, i, (size_t)(axis - d->axes))
                                     : param_value_text(d->common, g->keys[k]);
            status = put_parameter(ctx, store, s, place, g->keys[k], value);
        }
        place++;
    }
    sqlite3_finalize(s);
    ATTNDYN_TRY(status);
    /* A line that no design has: it marks the runs as coming from several designs. */
    char *common, *text;
    ATTNDYN_TRY(params_text(ctx, g->common, &common));
    if (!(text = attndyn_format(ctx, "%sruns %zu\n", common, place))) return ATTNDYN_NO_MEMORY;
    return put_what(ctx, store, place, text, g->inputs);
}

enum attndyn_status growth_apply(struct attndyn_context *ctx, struct store *store,
                                 const struct growth *g) {
    if (g->same) return ATTNDYN_OK;
    store->grown.before = g->held;
    store->grown.added = g->added;
    if (g->covers) {
        ATTNDYN_TRY(renumber(ctx, store, g));
        return growth_put_design(ctx, store);
    }
    return g->added ? append(ctx, store, g) : ATTNDYN_OK;
}

enum attndyn_status growth_place(struct attndyn_context *ctx, struct store *store,
                                 const struct growth *g) {
    store->points = g->held;
    store->place = NULL;
    if (g->same) return ATTNDYN_OK;
    if (g->covers && !store->reading) {
        store->points = store->design->runs;
        return ATTNDYN_OK;
    }
    ATTNDYN_ALLOC(ctx, store->place, store->design->runs);
    for (size_t i = 0; i < store->design->runs; i++) {
        store->place[i] = g->place[i];
        if (g->place[i] == STORE_ABSENT && !store->reading) store->place[i] = store->points++;
    }
    return ATTNDYN_OK;
}
