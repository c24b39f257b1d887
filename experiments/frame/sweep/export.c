#include "export.h"

#include "experiments/frame/contract/check.h"
#include "experiments/frame/run/csv.h"
#include "experiments/frame/contract/names.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void real_cell(FILE *to, double x) {
    if (isfinite(x)) fprintf(to, "%.17g", x);
}

static void long_header(FILE *to, const struct design *d) {
    fputs("run", to);
    for (size_t a = 0; a < d->n_axes; a++) fprintf(to, ",%s", d->axes[a].key);
    fputs(",status,message,steps,rhs", to);
    for (const struct scalar *s = d->experiment->scalars; s && s->name; s++)
        fprintf(to, ",%s", s->name);
    EACH_CHECK(d->experiment, c)
        fprintf(to, ",%s_measured,%s", c->id, c->id);
    fputc('\n', to);
}

static void long_row(FILE *to, const struct design *d, const struct sweep_record *r) {
    static const char *const names[] = {"done", "failed", "skipped"};
    fprintf(to, "%ld", r->index);
    for (size_t a = 0; a < d->n_axes; a++) {
        fputc(',', to);
        csv_text(to, design_value(d, (size_t)r->index, a));
    }
    fprintf(to, ",%s,", names[r->status]);
    csv_text(to, r->message);
    fprintf(to, ",%ld,%ld", r->steps, r->rhs);
    for (long s = 0; s < r->n_scalars; s++) {
        fputc(',', to);
        real_cell(to, r->scalars[s]);
    }
    for (long c = 0; c < r->n_checks; c++) {
        fputc(',', to);
        real_cell(to, r->checks[c].measured);
        fprintf(to, ",%s", verdict_name((enum verdict_kind)r->checks[c].verdict));
    }
    fputc('\n', to);
}

enum attndyn_status export_long(struct attndyn_context *ctx, struct store *store,
                                const struct design *d, const char *path) {
    struct sweep_record record;
    ATTNDYN_TRY(sweep_record_create(ctx, d->experiment, &record));
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    long_header(file.stream, d);
    for (size_t i = 0; i < d->runs; i++) {
        bool found;
        enum attndyn_status status = store_get(ctx, store, i, &record, &found);
        if (status) {
            attndyn_file_abandon(&file);
            return status;
        }
        if (found) long_row(file.stream, d, &record);
    }
    return attndyn_file_commit(ctx, &file);
}

/* Runs that share a group, contiguous in `order`. */
struct group {
    size_t begin, end, first; /* order[begin..end); its first run */
};

struct keyed {
    char *key; /* the kept axes' values as CSV cells */
    size_t run;
};

static int by_key(const void *a, const void *b) {
    const struct keyed *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : (x->run > y->run) - (x->run < y->run);
}

static int by_first(const void *a, const void *b) {
    const struct group *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static enum attndyn_status group_key(struct attndyn_context *ctx, const struct design *d,
                                     const bool *over, size_t run, char **out) {
    struct attndyn_text to;
    ATTNDYN_TRY(attndyn_text_begin(ctx, &to));
    for (size_t a = 0; a < d->n_axes; a++) {
        if (over[a]) continue;
        csv_text(to.stream, design_value(d, run, a));
        fputc(',', to.stream);
    }
    return attndyn_text_end(&to, out);
}

/* Groups in the order of their first runs. */
static enum attndyn_status make_groups(struct attndyn_context *ctx, const struct design *d,
                                       const bool *over, struct keyed *order, struct group *groups,
                                       size_t *count) {
    for (size_t i = 0; i < d->runs; i++) {
        order[i].run = i;
        ATTNDYN_TRY(group_key(ctx, d, over, i, &order[i].key));
    }
    qsort(order, d->runs, sizeof *order, by_key);
    *count = 0;
    for (size_t i = 0; i < d->runs; i++) {
        if (i == 0 || strcmp(order[i].key, order[i - 1].key) != 0)
            groups[(*count)++] = (struct group){i, i, order[i].run};
        groups[*count - 1].end = i + 1;
    }
    qsort(groups, *count, sizeof *groups, by_first);
    return ATTNDYN_OK;
}

static void grouped_row(FILE *to, const struct keyed *order, const struct group *group,
                        const double *values, size_t runs, size_t n_scalars, double *buffer) {
    fputs(order[group->begin].key, to);
    for (size_t s = 0; s < n_scalars; s++) {
        size_t n = 0;
        for (size_t i = group->begin; i < group->end; i++) {
            double x = values[s * runs + order[i].run];
            if (isfinite(x)) buffer[n++] = x;
        }
        if (s) fputc(',', to);
        if (n > 0) real_cell(to, gsl_stats_mean(buffer, 1, n));
        fputc(',', to);
        if (n > 1) real_cell(to, gsl_stats_sd(buffer, 1, n));
        fprintf(to, ",%zu", n);
    }
    fputc('\n', to);
}

enum attndyn_status export_grouped(struct attndyn_context *ctx, struct store *store,
                                   const struct design *d, const char *over_keys,
                                   const char *path) {
    struct sweep_record record;
    ATTNDYN_TRY(sweep_record_create(ctx, d->experiment, &record));
    size_t n_scalars = (size_t)record.n_scalars, n_groups;
    bool *over;
    double *buffer, *values;
    struct keyed *order;
    struct group *groups;
    ATTNDYN_ALLOC(ctx, over, d->n_axes);
    ATTNDYN_ALLOC(ctx, buffer, d->runs);
    ATTNDYN_ALLOC(ctx, values, n_scalars * d->runs);
    ATTNDYN_ALLOC(ctx, order, d->runs);
    ATTNDYN_ALLOC(ctx, groups, d->runs);
    for (size_t a = 0; a < d->n_axes; a++) over[a] = names_listed(over_keys, d->axes[a].key);
    for (size_t i = 0; i < d->runs; i++) {
        bool found;
        ATTNDYN_TRY(store_get(ctx, store, i, &record, &found));
        for (size_t s = 0; s < n_scalars; s++)
            values[s * d->runs + i] = found && record.status == RUN_DONE ? record.scalars[s] : NAN;
    }
    ATTNDYN_TRY(make_groups(ctx, d, over, order, groups, &n_groups));
    struct attndyn_file file;
    ATTNDYN_TRY(attndyn_file_begin(ctx, &file, path));
    for (size_t a = 0; a < d->n_axes; a++)
        if (!over[a]) fprintf(file.stream, "%s,", d->axes[a].key);
    for (size_t s = 0; s < n_scalars; s++) {
        const char *name = d->experiment->scalars[s].name;
        fprintf(file.stream, "%s%s_mean,%s_sd,%s_n", s ? "," : "", name, name, name);
    }
    fputc('\n', file.stream);
    for (size_t g = 0; g < n_groups; g++)
        grouped_row(file.stream, order, &groups[g], values, d->runs, n_scalars, buffer);
    return attndyn_file_commit(ctx, &file);
}
