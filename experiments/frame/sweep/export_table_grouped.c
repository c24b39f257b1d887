/* Means, deviations and counts of a table's numbers over the runs of a group, row by row. Rows are
 * the same where their texts and the first of several columns of numbers (t, step) are; where some
 * have these in common, too, their order counts. */
#include "experiments/frame/run/csv.h"
#include "export_private.h"
#include "sim/base/text.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const struct export_row *run;
    size_t place;   /* within the run */
    char *key;      /* the cells that name it, a comma behind each */
    double *values; /* (columns); NaN: a text, or an empty cell */
};

struct lines {
    struct line *at; /* (count), by run */
    size_t count, room;
    bool *key; /* (columns): which name the row */
};

/* Which columns name a row. */
static enum attndyn_status choose_keys(struct attndyn_context *ctx, const struct export_sheet *s,
                                       const char *table, bool *key) {
    size_t first = s->columns.count, numbers = 0;
    char *query = attndyn_format(
        ctx, "SELECT type = 'TEXT' FROM pragma_table_info('kept_%s') WHERE name = ?", table);
    if (!query) return ATTNDYN_NO_MEMORY;
    for (size_t c = 0; c < s->columns.count; c++) {
        long text;
        ATTNDYN_TRY(sql_one_integer(ctx, &s->sql, query, s->columns.at[c], 0, &text));
        key[c] = text != 0;
        if (!text && numbers++ == 0) first = c;
    }
    if (numbers > 1) key[first] = true;
    if (numbers > 0) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "--grouped: %s keeps no column of numbers of table %s to average",
                        s->sql.path, table);
}

static enum attndyn_status take(struct attndyn_context *ctx, const struct export_sheet *s,
                                sqlite3_stmt *statement, const struct export_row *run,
                                struct lines *lines) {
    ATTNDYN_GROW(ctx, lines->at, lines->count, lines->room, 64);
    struct line *line = &lines->at[lines->count++];
    *line = (struct line){.run = run};
    if (lines->count > 1 && line[-1].run == run) line->place = line[-1].place + 1;
    ATTNDYN_ALLOC(ctx, line->values, s->columns.count);
    struct attndyn_text key;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &key));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t c = 0; c < s->columns.count && !status; c++) {
        char number[40];
        const char *text;
        line->values[c] = NAN;
        if (!lines->key[c]) {
            line->values[c] = sql_real(statement, (int)c + 1);
            continue;
        }
        status = export_table_cell(ctx, s, statement, (int)c + 1, number, &text);
        if (status) break;
        csv_text(key.stream, text);
        fputc(',', key.stream);
    }
    enum attndyn_status ended = attndyn_text_end(&key, &line->key);
    return status ? status : ended;
}

static enum attndyn_status read_lines(struct attndyn_context *ctx, const struct export_sheet *s,
                                      const struct export_request *r, struct lines *lines) {
    sqlite3_stmt *statement;
    const struct export_row *run;
    bool more, wanted;
    ATTNDYN_TRY(export_table_select(ctx, s, r->table, &statement));
    enum attndyn_status status;
    while (!(status = sql_row(ctx, &s->sql, statement, &more)) && more)
        if ((status = export_table_row(ctx, s, r, statement, &run, &wanted)) ||
            (wanted && (status = take(ctx, s, statement, run, lines))))
            break;
    sqlite3_finalize(statement);
    return status;
}

static int by_run_and_key(const void *a, const void *b) {
    const struct line *x = a, *y = b;
    if (x->run->index != y->run->index) return x->run->index < y->run->index ? -1 : 1;
    const int c = strcmp(x->key, y->key);
    return c ? c : (x->place > y->place) - (x->place < y->place);
}

static int by_place(const void *a, const void *b) {
    const struct line *const *x = a, *const *y = b;
    return ((*x)->place > (*y)->place) - ((*x)->place < (*y)->place);
}

/* The lines of a run, in the order of their keys; *n is 0 where it has none. */
static struct line *lines_of(const struct lines *lines, long index, size_t *n) {
    size_t low = 0, high = lines->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (lines->at[middle].run->index < index)
            low = middle + 1;
        else
            high = middle;
    }
    for (*n = 0; low + *n < lines->count && lines->at[low + *n].run->index == index;) ++*n;
    return &lines->at[low];
}

static enum attndyn_status no_match(struct attndyn_context *ctx, const struct export_request *r,
                                    const struct line *line, long with, long without) {
    const int n = (int)strlen(line->key) - 1; /* without the last comma */
    return attndyn_fail(
        ctx, ATTNDYN_USAGE,
        "--grouped: the rows of table %s do not match: run %ld has '%.*s', run %ld has "
        "no such row (or fewer): choose rows with --where COLUMN=VALUE, or average "
        "over other axes with --over",
        r->table, with, n < 200 ? n : 200, line->key, without);
}

static void write_line(const struct export_sheet *s, const struct lines *lines,
                       const struct export_keyed *group, const struct line *first, size_t at,
                       struct line *const *others, size_t runs, double *values, FILE *to) {
    const char *key = first->key;
    bool quoted = false;
    fputs(group->key, to);
    for (size_t c = 0; c < s->columns.count; c++) {
        if (c) fputc(',', to);
        if (lines->key[c]) { /* its cell, as it stands in the key */
            for (; quoted || *key != ','; key++) {
                quoted ^= *key == '"';
                fputc(*key, to);
            }
            key++;
            continue;
        }
        size_t have = 0;
        for (size_t k = 0; k < runs; k++)
            if (isfinite(others[k][at].values[c])) values[have++] = others[k][at].values[c];
        if (have > 0) export_real(to, gsl_stats_mean(values, 1, have));
        fputc(',', to);
        if (have > 1) export_real(to, gsl_stats_sd(values, 1, have));
        fprintf(to, ",%zu", have);
    }
    fputc('\n', to);
}

static enum attndyn_status write_group(struct attndyn_context *ctx, const struct export_sheet *s,
                                       const struct export_request *r, const struct lines *lines,
                                       const struct export_keyed *runs, size_t count, FILE *to) {
    struct line **of, **order;
    double *values;
    size_t have = 0, n = 0;
    ATTNDYN_ALLOC(ctx, of, count);
    ATTNDYN_ALLOC(ctx, values, count);
    for (size_t k = 0; k < count; k++) {
        if (strcmp(runs[k].row->status, "done") != 0) continue;
        size_t mine;
        of[have++] = lines_of(lines, runs[k].row->index, &mine);
        const long index = runs[k].row->index;
        if (have == 1) n = mine;
        const long before = have > 1 && n ? of[0]->run->index : runs[0].row->index;
        for (size_t i = 0; i < n || i < mine; i++) {
            const struct line *a = &of[0][i], *b = &of[have - 1][i];
            if (i < n && i < mine && strcmp(a->key, b->key) == 0) continue;
            const bool other = i >= n || (i < mine && strcmp(b->key, a->key) < 0);
            return no_match(ctx, r, other ? b : a, other ? index : before, other ? before : index);
        }
    }
    ATTNDYN_ALLOC(ctx, order, n);
    for (size_t i = 0; i < n; i++) order[i] = &of[0][i];
    if (n) qsort(order, n, sizeof *order, by_place);
    for (size_t i = 0; i < n; i++)
        write_line(s, lines, runs, order[i], (size_t)(order[i] - of[0]), of, have, values, to);
    return ATTNDYN_OK;
}

static void write_head(const struct export_sheet *s, const struct export_request *r,
                       const struct lines *lines, FILE *to) {
    static const char *const endings[] = {"_mean", "_sd", "_n"};
    export_groups_head(s, r->over, to);
    for (size_t c = 0; c < s->columns.count; c++)
        for (int e = 0; e < (lines->key[c] ? 1 : 3); e++) {
            if (c || e) fputc(',', to);
            export_table_name(s, r->table, s->columns.at[c], to);
            if (!lines->key[c]) fputs(endings[e], to);
        }
    fputc('\n', to);
}

enum attndyn_status export_table_grouped(struct attndyn_context *ctx, const struct export_sheet *s,
                                         const struct export_request *r, FILE *to) {
    struct lines lines = {.at = NULL};
    struct export_groups groups;
    ATTNDYN_ALLOC(ctx, lines.key, s->columns.count);
    ATTNDYN_TRY(choose_keys(ctx, s, r->table, lines.key));
    ATTNDYN_TRY(export_groups(ctx, s, r->over, &groups));
    ATTNDYN_TRY(read_lines(ctx, s, r, &lines));
    if (lines.count) qsort(lines.at, lines.count, sizeof *lines.at, by_run_and_key);
    /* Nothing is written where a group does not match. */
    struct attndyn_text text;
    char *written;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
    write_head(s, r, &lines, text.stream);
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t g = 0; g < groups.n && !status; g++)
        status = write_group(ctx, s, r, &lines, &groups.runs[groups.at[g].begin],
                             groups.at[g].end - groups.at[g].begin, text.stream);
    enum attndyn_status ended = attndyn_text_end(&text, &written);
    if (status || ended) return status ? status : ended;
    fputs(written, to);
    return ATTNDYN_OK;
}
