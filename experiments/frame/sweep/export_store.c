#include "export_store.h"

#include "axis.h"
#include "experiments/frame/contract/identity.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/run/csv.h"
#include "experiments/frame/run/outputs.h"
#include "export_private.h"
#include "sim/base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void move_to(struct sql_names *names, size_t *place, const char *name) {
    const size_t at = sql_names_position(names, name);
    if (at >= names->count || at < *place) return;
    char *moved = names->at[at];
    memmove(&names->at[*place + 1], &names->at[*place], (at - *place) * sizeof *names->at);
    names->at[(*place)++] = moved;
}

/* The order in which the experiment declares them, where this program knows it; others behind. */
static enum attndyn_status order(struct attndyn_context *ctx, struct export_sheet *s) {
    struct sql_names id = {0};
    ATTNDYN_TRY(
        sql_names_read(ctx, &s->sql, "SELECT value FROM meta WHERE key = 'experiment'", &id));
    for (size_t e = 0; id.count && e < registry_count(); e++) {
        const struct experiment *x = registry_at(e);
        if (strcmp(x->id, id.at[0]) != 0) continue;
        size_t place = 0;
        for (const struct scalar *c = x->scalars; c && c->name; c++)
            move_to(&s->scalars, &place, c->name);
        place = 0;
        EACH_CHECK (x, c) move_to(&s->checks, &place, c->id);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status read_runs(struct attndyn_context *ctx, struct export_sheet *s) {
    sqlite3_stmt *statement;
    size_t room = 0;
    ATTNDYN_TRY(sql_prepare(
        ctx, &s->sql, "SELECT idx, status, message, steps, rhs FROM run ORDER BY idx", &statement));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &s->sql, statement, &more)) && more) {
        if (s->count == room) {
            struct export_row *longer =
                attndyn_resize(ctx, s->rows, room, 2 * room + 16, sizeof *longer);
            if (!longer) {
                status = ATTNDYN_NO_MEMORY;
                break;
            }
            s->rows = longer;
            room = 2 * room + 16;
        }
        struct export_row *r = &s->rows[s->count];
        *r = (struct export_row){.index = (long)sqlite3_column_int64(statement, 0),
                                 .steps = (long)sqlite3_column_int64(statement, 3),
                                 .rhs = (long)sqlite3_column_int64(statement, 4),
                                 .build = "",
                                 .wanted = true};
        if ((status = sql_copy(ctx, &s->sql, statement, 1, &r->status)) ||
            (status = sql_copy(ctx, &s->sql, statement, 2, &r->message)))
            break;
        r->axes = attndyn_alloc(ctx, s->axes.count + 1, sizeof *r->axes);
        r->scalars = attndyn_alloc(ctx, s->scalars.count + 1, sizeof *r->scalars);
        r->measured = attndyn_alloc(ctx, s->checks.count + 1, sizeof *r->measured);
        r->verdicts = attndyn_alloc(ctx, s->checks.count + 1, sizeof *r->verdicts);
        if (!r->axes || !r->scalars || !r->measured || !r->verdicts) {
            status = ATTNDYN_NO_MEMORY;
            break;
        }
        for (size_t i = 0; i < s->scalars.count; i++) r->scalars[i] = NAN;
        for (size_t i = 0; i < s->checks.count; i++) r->measured[i] = NAN;
        s->count++;
    }
    sqlite3_finalize(statement);
    return status;
}

/* Three columns: run, name, what belongs there. */
static enum attndyn_status read_cells(struct attndyn_context *ctx, struct export_sheet *s,
                                      const char *query, const struct sql_names *names, int kind) {
    sqlite3_stmt *statement;
    ATTNDYN_TRY(sql_prepare(ctx, &s->sql, query, &statement));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &s->sql, statement, &more)) && more) {
        struct export_row *r = export_row_of(s, (long)sqlite3_column_int64(statement, 0));
        const char *name;
        if ((status = sql_text(ctx, &s->sql, statement, 1, &name))) break;
        const size_t at = name ? sql_names_position(names, name) : names->count;
        if (!r || at >= names->count) continue;
        if (kind == 0 && (status = sql_copy(ctx, &s->sql, statement, 2, &r->axes[at]))) break;
        if (kind == 1) r->scalars[at] = sql_real(statement, 2);
        if (kind != 2) continue;
        r->measured[at] = sql_real(statement, 2);
        if ((status = sql_copy(ctx, &s->sql, statement, 3, &r->verdicts[at]))) break;
    }
    sqlite3_finalize(statement);
    return status;
}

/* Where more than one build has made the rows, they say which. */
static enum attndyn_status read_builds(struct attndyn_context *ctx, struct export_sheet *s) {
    long builds;
    sqlite3_stmt *statement;
    ATTNDYN_TRY(sql_one_integer(ctx, &s->sql,
                                "SELECT count(*) FROM pragma_table_info('run') WHERE name = "
                                "'build'",
                                NULL, 0, &builds));
    if (builds == 0) return ATTNDYN_OK;
    ATTNDYN_TRY(
        sql_one_integer(ctx, &s->sql, "SELECT count(DISTINCT build) FROM run", NULL, 0, &builds));
    s->builds = builds > 1;
    if (!s->builds) return ATTNDYN_OK;
    ATTNDYN_TRY(sql_prepare(ctx, &s->sql,
                            "SELECT idx, identity FROM run LEFT JOIN build ON build.id = run.build",
                            &statement));
    enum attndyn_status status;
    bool more;
    while (!(status = sql_row(ctx, &s->sql, statement, &more)) && more) {
        struct export_row *r = export_row_of(s, (long)sqlite3_column_int64(statement, 0));
        const char *identity;
        if ((status = sql_text(ctx, &s->sql, statement, 1, &identity))) break;
        if (!r || !identity) continue;
        r->build = identity_hash(ctx, identity);
        if (!r->build) status = ATTNDYN_NO_MEMORY;
        if (status) break;
    }
    sqlite3_finalize(statement);
    return status;
}

static enum attndyn_status read_sheet(struct attndyn_context *ctx, struct export_sheet *s) {
    ATTNDYN_TRY(sql_names_read(ctx, &s->sql, "SELECT key FROM axis ORDER BY position", &s->axes));
    ATTNDYN_TRY(sql_names_read(ctx, &s->sql, "SELECT DISTINCT name FROM scalar ORDER BY name",
                               &s->scalars));
    ATTNDYN_TRY(
        sql_names_read(ctx, &s->sql, "SELECT DISTINCT id FROM verdict ORDER BY id", &s->checks));
    ATTNDYN_TRY(order(ctx, s));
    ATTNDYN_TRY(export_fixed_read(ctx, &s->sql, &s->axes, &s->scalars, &s->fixed));
    ATTNDYN_TRY(read_runs(ctx, s));
    ATTNDYN_TRY(read_builds(ctx, s));
    ATTNDYN_TRY(read_cells(ctx, s, "SELECT idx, key, value FROM parameter", &s->axes, 0));
    ATTNDYN_TRY(read_cells(ctx, s, "SELECT idx, name, value FROM scalar", &s->scalars, 1));
    return read_cells(ctx, s, "SELECT idx, id, measured, verdict FROM verdict", &s->checks, 2);
}

static enum attndyn_status no_axis(struct attndyn_context *ctx, const struct export_sheet *s,
                                   const char *option, const char *key) {
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (size_t a = 0; a < s->axes.count; a++) names_nearer(key, s->axes.at[a], &best, &distance);
    return attndyn_fail(ctx, ATTNDYN_USAGE, "--%s: '%.60s' is no axis of the sweep in %s%s", option,
                        key, s->sql.path, names_hint(&(struct hint){0}, key, best, distance));
}

/* What --where asks for must be a value of the design, whether its runs have ended or not. */
static enum attndyn_status has_value(struct attndyn_context *ctx, const struct export_sheet *s,
                                     const char *key, const char *value) {
    char *query = attndyn_format(
        ctx, "SELECT value FROM parameter WHERE key = '%s' GROUP BY value ORDER BY min(idx)", key);
    struct sql_names there = {0};
    char has[200] = "";
    if (!query) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(sql_names_read(ctx, &s->sql, query, &there));
    for (size_t i = 0; i < there.count; i++) {
        const size_t used = strlen(has);
        if (axis_same_value(there.at[i], value)) return ATTNDYN_OK;
        if (used < sizeof has - 40)
            snprintf(has + used, sizeof has - used, "%s%.30s", used ? ", " : "", there.at[i]);
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE, "--where=%s=%.60s: %s has no such value; it has %s",
                        key, value, s->sql.path, has);
}

static enum attndyn_status choose(struct attndyn_context *ctx, struct export_sheet *s,
                                  const struct export_request *r) {
    for (size_t w = 0; w < r->n_where; w++) {
        const char *equals = strchr(r->where[w], '=');
        if (!equals)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "--where=%.60s: expected KEY=VALUE",
                                r->where[w]);
        char *key = attndyn_format(ctx, "%.*s", (int)(equals - r->where[w]), r->where[w]);
        if (!key) return ATTNDYN_NO_MEMORY;
        const size_t a = sql_names_position(&s->axes, key);
        const bool column = r->table && sql_names_position(&s->columns, key) < s->columns.count;
        if (a >= s->axes.count && column) continue; /* of its rows: write_table */
        if (a >= s->axes.count) return no_axis(ctx, s, "where", key);
        ATTNDYN_TRY(has_value(ctx, s, s->axes.at[a], equals + 1));
        for (size_t i = 0; i < s->count; i++)
            s->rows[i].wanted &=
                s->rows[i].axes[a] && axis_same_value(s->rows[i].axes[a], equals + 1);
    }
    return ATTNDYN_OK;
}

static void write_long(const struct export_sheet *s, FILE *to) {
    fputs("run", to);
    for (size_t a = 0; a < s->axes.count; a++) fprintf(to, ",%s", s->axes.at[a]);
    fprintf(to, ",status,message,steps,rhs%s", s->builds ? ",build" : "");
    for (size_t c = 0; c < s->scalars.count; c++) fprintf(to, ",%s", s->scalars.at[c]);
    for (size_t c = 0; c < s->checks.count; c++)
        fprintf(to, ",%s_measured,%s", s->checks.at[c], s->checks.at[c]);
    export_fixed_head(&s->fixed, to);
    fputc('\n', to);
    for (size_t i = 0; i < s->count; i++) {
        const struct export_row *r = &s->rows[i];
        if (!r->wanted) continue;
        fprintf(to, "%ld", r->index);
        for (size_t a = 0; a < s->axes.count; a++) {
            fputc(',', to);
            csv_text(to, r->axes[a] ? r->axes[a] : "");
        }
        fprintf(to, ",%s,", r->status);
        csv_text(to, r->message);
        fprintf(to, ",%ld,%ld", r->steps, r->rhs);
        if (s->builds) fprintf(to, ",%s", r->build);
        for (size_t c = 0; c < s->scalars.count; c++) {
            fputc(',', to);
            export_real(to, r->scalars[c]);
        }
        for (size_t c = 0; c < s->checks.count; c++) {
            fputc(',', to);
            export_real(to, r->measured[c]);
            fprintf(to, ",%s", r->verdicts[c] ? r->verdicts[c] : "");
        }
        export_fixed_cells(&s->fixed, to);
        fputc('\n', to);
    }
}

static enum attndyn_status write_to(struct attndyn_context *ctx, const struct export_sheet *s,
                                    const struct export_request *r, const char *path,
                                    const char *over) {
    struct attndyn_file file = {.stream = stdout};
    const bool out = outputs_is_stdout(path);
    if (!out) ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    enum attndyn_status status = ATTNDYN_OK;
    if (over)
        status = r->table ? export_table_grouped(ctx, s, r, file.stream)
                          : export_grouped(ctx, s, over, file.stream);
    else if (r->table)
        status = export_table(ctx, s, r, file.stream);
    else
        write_long(s, file.stream);
    if (out) return status;
    if (!status) return attndyn_file_commit(ctx, &file);
    attndyn_file_abandon(&file);
    return status;
}

static enum attndyn_status export_open(struct attndyn_context *ctx, struct export_sheet *s,
                                       const struct export_request *r, size_t *rows) {
    ATTNDYN_TRY(read_sheet(ctx, s));
    if (r->table) ATTNDYN_TRY(export_table_columns(ctx, &s->sql, r->table, &s->columns));
    ATTNDYN_TRY(choose(ctx, s, r));
    char key[100];
    for (const char *at = r->over; r->grouped && !r->over_any && names_next(&at, key, sizeof key);)
        if (sql_names_position(&s->axes, key) >= s->axes.count && strcmp(r->over, "seed") != 0)
            return no_axis(ctx, s, "over", key);
    *rows = 0;
    for (size_t i = 0; i < s->count; i++) *rows += s->rows[i].wanted;
    if (r->csv) ATTNDYN_TRY(write_to(ctx, s, r, r->csv, NULL));
    if (r->grouped) ATTNDYN_TRY(write_to(ctx, s, r, r->grouped, r->over));
    return ATTNDYN_OK;
}

enum attndyn_status export_store(struct attndyn_context *ctx, const struct export_request *request,
                                 size_t *rows) {
    struct export_sheet sheet = {.sql = {.path = request->store, .trouble = ATTNDYN_NO_INPUT}};
    ATTNDYN_TRY(sql_open_reading(ctx, &sheet.sql));
    enum attndyn_status status = export_open(ctx, &sheet, request, rows);
    sqlite3_close(sheet.sql.db);
    return status;
}
