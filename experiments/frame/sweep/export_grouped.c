/* Means, deviations and counts of scalars over the runs of a group. */
#include "experiments/frame/contract/names.h"
#include "experiments/frame/run/csv.h"
#include "export_private.h"
#include "sim/base/text.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_key(const void *a, const void *b) {
    const struct export_keyed *x = a, *y = b;
    const int c = strcmp(x->key, y->key);
    return c ? c : (x->row->index > y->row->index) - (x->row->index < y->row->index);
}

static int by_first(const void *a, const void *b) {
    const struct export_group *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

enum attndyn_status export_groups(struct attndyn_context *ctx, const struct export_sheet *s,
                                  const char *over, struct export_groups *out) {
    struct export_keyed *keyed;
    struct export_group *groups;
    size_t n = 0, n_groups = 0;
    ATTNDYN_ALLOC(ctx, keyed, s->count + 1);
    ATTNDYN_ALLOC(ctx, groups, s->count + 1);
    for (size_t i = 0; i < s->count; i++) {
        if (!s->rows[i].wanted) continue;
        struct attndyn_text text;
        ATTNDYN_TRY(attndyn_text_begin(ctx, &text));
        for (size_t a = 0; a < s->axes.count; a++) {
            if (names_listed(over, s->axes.at[a])) continue;
            csv_text(text.stream, s->rows[i].axes[a] ? s->rows[i].axes[a] : "");
            fputc(',', text.stream);
        }
        ATTNDYN_TRY(attndyn_text_end(&text, &keyed[n].key));
        keyed[n++].row = &s->rows[i];
    }
    qsort(keyed, n, sizeof *keyed, by_key);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(keyed[i].key, keyed[i - 1].key) != 0)
            groups[n_groups++] = (struct export_group){i, i, keyed[i].row->index};
        groups[n_groups - 1].end = i + 1;
    }
    qsort(groups, n_groups, sizeof *groups, by_first);
    *out = (struct export_groups){keyed, groups, n, n_groups};
    return ATTNDYN_OK;
}

void export_groups_head(const struct export_sheet *s, const char *over, FILE *to) {
    for (size_t a = 0; a < s->axes.count; a++)
        if (!names_listed(over, s->axes.at[a])) fprintf(to, "%s,", s->axes.at[a]);
}

enum attndyn_status export_grouped(struct attndyn_context *ctx, const struct export_sheet *s,
                                   const char *over, FILE *to) {
    struct export_groups all;
    double *values;
    ATTNDYN_TRY(export_groups(ctx, s, over, &all));
    ATTNDYN_ALLOC(ctx, values, s->count + 1);
    const struct export_keyed *keyed = all.runs;
    const struct export_group *groups = all.at;
    export_groups_head(s, over, to);
    for (size_t c = 0; c < s->scalars.count; c++)
        fprintf(to, "%s%s_mean,%s_sd,%s_n", c ? "," : "", s->scalars.at[c], s->scalars.at[c],
                s->scalars.at[c]);
    export_fixed_head(&s->fixed, to);
    fputc('\n', to);
    for (size_t g = 0; g < all.n; g++) {
        fputs(keyed[groups[g].begin].key, to);
        for (size_t c = 0; c < s->scalars.count; c++) {
            size_t have = 0;
            for (size_t i = groups[g].begin; i < groups[g].end; i++) {
                const double x = keyed[i].row->scalars[c];
                if (isfinite(x) && strcmp(keyed[i].row->status, "done") == 0) values[have++] = x;
            }
            if (c) fputc(',', to);
            if (have > 0) export_real(to, gsl_stats_mean(values, 1, have));
            fputc(',', to);
            if (have > 1) export_real(to, gsl_stats_sd(values, 1, have));
            fprintf(to, ",%zu", have);
        }
        export_fixed_cells(&s->fixed, to);
        fputc('\n', to);
    }
    return ATTNDYN_OK;
}
