#include "tables.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAP_CLASSES = 24,    /* rows of the map */
    MAP_PICKS = 48,      /* columns for tokens that some class of the map picks */
    MAP_COMMONS = 10,    /* columns for tokens that lose most attention over the map's classes */
    READING_ROWS = 36,   /* classes in the readable table */
    SCATTER_ROWS = 4000, /* entries in the scatter plot */
    LABEL = 24           /* bytes of a name on an axis */
};

struct scored {
    double score;
    size_t index;
};

/* Largest first, ties in order of index. */
static int by_score(const void *a, const void *b) {
    const struct scored *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Everything the tables share. */
struct tables {
    const struct trial *run;
    struct found *found;
    struct text_statistics *statistics;
    const struct attndyn_text_estimate *estimate;
    const struct attndyn_distribution *d;
    const struct attndyn_flow *flow;
    const struct attndyn_flow_view *view;
    const double *B;
    uint64_t min_seen;
    size_t top;
    struct scored *sorted; /* (entries): each class' well-seen entries by falling c - P */
    size_t *sorted_count;  /* (K): how many, from d->start[n] on */
};

static enum attndyn_status sort_classes(struct tables *t) {
    const struct attndyn_distribution *d = t->d;
    ATTNDYN_ALLOC(t->run->ctx, t->sorted, t->statistics->entries);
    ATTNDYN_ALLOC(t->run->ctx, t->sorted_count, d->classes);
    for (size_t n = 0; n < d->classes; n++) {
        struct scored *of = t->sorted + d->start[n];
        size_t used = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            if (t->estimate->pair_count[e] >= t->min_seen)
                of[used++] = (struct scored){t->view->c[e] - t->d->probability[e], e};
        qsort(of, used, sizeof *of, by_score);
        t->sorted_count[n] = used;
    }
    return ATTNDYN_OK;
}

#define TOKEN_ROW(table, n, r, e)                                                                  \
    EMIT(t->run, table, .class = (long)(n), .last = t->d->last_name[t->d->last[n]],                \
         .next = t->d->class_name[n], .rank = (long)(r) + 1,                                       \
         .token = t->d->token_name[t->d->token[e]], .count = (long)t->estimate->pair_count[e],     \
         .P = t->d->probability[e], .c = t->view->c[e], .z = t->view->z[e],                        \
         .llr = t->statistics->target[TARGET_LLR][e])

/* Picked: the largest c - P > 0; suppressed: the smallest c - P < 0. The order of z would be the
 * same for all classes of a last token. */
static enum attndyn_status emit_tokens(struct tables *t) {
    for (size_t n = 0; n < t->d->classes; n++) {
        const struct scored *of = t->sorted + t->d->start[n];
        size_t count = t->sorted_count[n];
        for (size_t r = 0; r < t->top && r < count && of[r].score > 0; r++)
            ATTNDYN_TRY(TOKEN_ROW(picked, n, r, of[r].index));
        for (size_t r = 0; r < t->top && r < count && of[count - 1 - r].score < 0; r++)
            ATTNDYN_TRY(TOKEN_ROW(suppressed, n, r, of[count - 1 - r].index));
    }
    return ATTNDYN_OK;
}

/* "whisker +0.80  paw +0.61": tokens and their z. */
static void list_tokens(const struct tables *t, size_t n, bool picked, size_t room, char *text) {
    const struct scored *of = t->sorted + t->d->start[n];
    size_t count = t->sorted_count[n], used = 0;
    text[0] = '\0';
    for (size_t r = 0; r < t->top && r < count; r++) {
        struct scored s = of[picked ? r : count - 1 - r];
        if (picked ? s.score <= 0 : s.score >= 0) break;
        const char *name = t->d->token_name[t->d->token[s.index]];
        int wrote = snprintf(text + used, room - used, "%s%s %+.2f", r ? "  " : "", name,
                             t->view->z[s.index]);
        if (wrote < 0 || (size_t)wrote >= room - used) {
            text[used] = '\0'; /* whole tokens only */
            break;
        }
        used += (size_t)wrote;
    }
}

static enum attndyn_status emit_reading(struct tables *t) {
    size_t K = t->d->classes;
    struct scored *order;
    ATTNDYN_ALLOC(t->run->ctx, order, K);
    for (size_t n = 0; n < K; n++) order[n] = (struct scored){t->d->class_probability[n], n};
    qsort(order, K, sizeof *order, by_score);
    for (size_t i = 0; i < K && i < READING_ROWS; i++) {
        size_t n = order[i].index;
        char picked[512], suppressed[512];
        list_tokens(t, n, true, sizeof picked, picked);
        list_tokens(t, n, false, sizeof suppressed, suppressed);
        ATTNDYN_TRY(EMIT(t->run, reading, .last = t->d->last_name[t->d->last[n]],
                         .next = t->d->class_name[n],
                         .occurrences = (long)t->estimate->class_count[n], .picked = picked,
                         .suppressed = suppressed));
    }
    return ATTNDYN_OK;
}

static enum attndyn_status emit_classes(struct tables *t) {
    static const enum text_target shown[] = {TARGET_P, TARGET_TFIDF, TARGET_LLR};
    const struct attndyn_distribution *d = t->d;
    double *rho[3];
    for (size_t i = 0; i < 3; i++) {
        ATTNDYN_ALLOC(t->run->ctx, rho[i], d->classes);
        struct text_correlation r;
        ATTNDYN_TRY(text_correlate(t->run->ctx, t->statistics, t->view->z, shown[i], &r));
        memcpy(rho[i], t->statistics->by_class, d->classes * sizeof *rho[i]);
    }
    for (size_t n = 0; n < d->classes; n++) {
        double before = 0, after = 0;
        size_t distinct = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            distinct += t->flow->entry_distinct[e];
            if (t->view->z[e] <= 0) continue;
            before += d->probability[e];
            after += t->view->c[e];
        }
        ATTNDYN_TRY(EMIT(t->run, classes, .class = (long)n, .last = d->last_name[d->last[n]],
                         .next = d->class_name[n], .P_n = d->class_probability[n],
                         .occurrences = (long)t->estimate->class_count[n],
                         .context_tokens = (long)t->estimate->context_count[n],
                         .support = (long)(d->start[n + 1] - d->start[n]),
                         .distinct = (long)distinct, .delta = t->view->delta[n],
                         .entropy_support = t->view->entropy_support[n],
                         .B = distinct ? t->B[n] : NAN, .mass_P = before, .mass_c = after,
                         .rho_P = rho[0][n], .rho_tfidf = rho[1][n], .rho_llr = rho[2][n]));
    }
    return ATTNDYN_OK;
}

/* Chooses the classes whose attention moved most (total variation of c against P), few of each last
 * token, and groups them by last token. */
static enum attndyn_status map_classes(struct tables *t, size_t *chosen, size_t *count) {
    size_t K = t->d->classes, L = t->d->last_tokens, each = MAP_CLASSES / L + 1;
    struct scored *moved;
    size_t *of; /* (L): how many of them are chosen */
    bool *taken;
    ATTNDYN_ALLOC(t->run->ctx, moved, K);
    ATTNDYN_ALLOC(t->run->ctx, of, L);
    ATTNDYN_ALLOC(t->run->ctx, taken, K);
    for (size_t n = 0; n < K; n++) {
        moved[n].index = n;
        for (size_t e = t->d->start[n]; e < t->d->start[n + 1]; e++)
            moved[n].score += fabs(t->view->c[e] - t->d->probability[e]) / 2;
    }
    qsort(moved, K, sizeof *moved, by_score);
    for (size_t i = 0, used = 0; i < K && used < MAP_CLASSES; i++) {
        size_t n = moved[i].index;
        if (of[t->d->last[n]]++ >= each) continue;
        taken[n] = true;
        used++;
    }
    *count = 0;
    for (size_t n = 0; n < K; n++) /* classes are ordered by last token */
        if (taken[n]) chosen[(*count)++] = n;
    return ATTNDYN_OK;
}

/* The map's columns: what its classes pick, class by class, then what they lose most on. */
static enum attndyn_status map_tokens(struct tables *t, const size_t *classes, size_t rows,
                                      size_t *tokens, size_t *count) {
    bool *taken;
    struct scored *loss;
    ATTNDYN_ALLOC(t->run->ctx, taken, t->d->tokens);
    ATTNDYN_ALLOC(t->run->ctx, loss, t->d->tokens);
    size_t each = MAP_PICKS / rows;
    *count = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t n = classes[i], picks = 0;
        const struct scored *of = t->sorted + t->d->start[n];
        for (size_t r = 0; r < t->sorted_count[n] && picks < each && of[r].score > 0; r++) {
            size_t l = t->d->token[of[r].index];
            if (taken[l]) continue;
            taken[l] = true;
            tokens[(*count)++] = l;
            picks++;
        }
    }
    for (size_t l = 0; l < t->d->tokens; l++) loss[l].index = l;
    for (size_t i = 0; i < rows; i++) {
        size_t n = classes[i];
        for (size_t e = t->d->start[n]; e < t->d->start[n + 1]; e++)
            loss[t->d->token[e]].score += t->d->probability[e] - t->view->c[e];
    }
    qsort(loss, t->d->tokens, sizeof *loss, by_score);
    for (size_t i = 0, added = 0; i < t->d->tokens && added < MAP_COMMONS; i++)
        if (!taken[loss[i].index] && loss[i].score > 0) tokens[(*count)++] = loss[i].index, added++;
    return ATTNDYN_OK;
}

/* At most LABEL bytes, whole characters. A comma and a double quote, which gnuplot does not read
 * from quoted fields, become their low and high typographic forms. */
static void shorten(const char *name, char label[LABEL + 1]) {
    size_t used = 0, length = strlen(name);
    length = attndyn_utf8_valid_prefix(name, length < LABEL ? length : LABEL);
    for (size_t i = 0; i < length; i++) {
        const char *other = name[i] == ',' ? "\u201A" : name[i] == '"' ? "\u201D" : NULL;
        size_t size = other ? strlen(other) : 1;
        if (used + size > LABEL) break;
        memcpy(label + used, other ? other : name + i, size);
        used += size;
    }
    label[attndyn_utf8_valid_prefix(label, used)] = '\0';
}

static enum attndyn_status emit_map(struct tables *t) {
    size_t rows, columns, classes[MAP_CLASSES], tokens[MAP_PICKS + MAP_COMMONS];
    ATTNDYN_TRY(map_classes(t, classes, &rows));
    ATTNDYN_TRY(map_tokens(t, classes, rows, tokens, &columns));
    t->found->map_columns = (double)columns;
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++) {
            size_t n = classes[row], l = tokens[column];
            double gain = NAN;
            for (size_t e = t->d->start[n]; e < t->d->start[n + 1]; e++)
                if (t->d->token[e] == l) gain = log2(t->view->c[e] / t->d->probability[e]);
            char token[LABEL + 1], last[LABEL + 1], next[LABEL + 1], label[2 * LABEL + 2];
            shorten(t->d->token_name[l], token);
            shorten(t->d->last_name[t->d->last[n]], last);
            shorten(t->d->class_name[n], next);
            snprintf(label, sizeof label, "%s %s", last, next);
            ATTNDYN_TRY(EMIT(t->run, map, .column = (long)column, .row = (long)row, .token = token,
                             .label = label, .gain = gain));
        }
    return ATTNDYN_OK;
}

/* Every k-th of the well-seen entries, so that at most SCATTER_ROWS are drawn. */
static enum attndyn_status emit_pairs(struct tables *t) {
    const struct text_statistics *s = t->statistics;
    const struct attndyn_distribution *d = t->d;
    size_t seen = s->seen_start[d->classes], step = seen / SCATTER_ROWS + 1;
    t->found->seen = (double)seen;
    for (size_t n = 0, i = 0; n < d->classes; n++)
        for (; i < s->seen_start[n + 1]; i++) {
            size_t e = s->seen[i];
            if (i % step) continue;
            ATTNDYN_TRY(
                EMIT(t->run, pairs, .last = d->last_name[d->last[n]], .next = d->class_name[n],
                     .token = d->token_name[d->token[e]], .count = (long)t->estimate->pair_count[e],
                     .P = d->probability[e], .tfidf = s->target[TARGET_TFIDF][e],
                     .tfidf_text = s->target[TARGET_TFIDF_TEXT][e], .llr = s->target[TARGET_LLR][e],
                     .pmi = s->target[TARGET_PMI][e], .early = s->target[TARGET_EARLY][e],
                     .z = t->view->z[e], .c = t->view->c[e]));
        }
    return ATTNDYN_OK;
}

static enum attndyn_status correlation_row(struct tables *t, const char *quantity,
                                           const char *scope, int target,
                                           struct text_correlation r) {
    return EMIT(t->run, correlations, .quantity = quantity, .scope = scope,
                .target = text_target_names[target], .rho = r.mean, .rho_error = r.error,
                .partial = r.partial_mean, .partial_error = r.partial_error,
                .classes = (long)r.classes, .tokens = (long)r.tokens);
}

static enum attndyn_status emit_correlations(struct tables *t) {
    struct found *to = t->found;
    double *const rho[TARGETS][2] = {{&to->rho_P, &to->rho_P_error},
                                     {&to->rho_tfidf, &to->rho_tfidf_error},
                                     {&to->rho_tfidf_text, &to->rho_tfidf_text_error},
                                     {&to->rho_llr, &to->rho_llr_error},
                                     {&to->rho_pmi, &to->rho_pmi_error},
                                     {&to->rho_early, &to->rho_early_error}};
    double *gain;
    ATTNDYN_ALLOC(t->run->ctx, gain, t->statistics->entries);
    for (size_t e = 0; e < t->statistics->entries; e++)
        gain[e] = t->view->c[e] / t->d->probability[e];
    for (int target = 0; target < TARGETS; target++) {
        enum text_target which = (enum text_target)target;
        struct text_correlation r;
        ATTNDYN_TRY(text_correlate(t->run->ctx, t->statistics, t->view->z, which, &r));
        ATTNDYN_TRY(correlation_row(t, "z", "within", target, r));
        *rho[target][0] = r.mean;
        *rho[target][1] = isnan(r.mean) ? NAN : r.error;
        ATTNDYN_TRY(text_correlate(t->run->ctx, t->statistics, t->view->c, which, &r));
        ATTNDYN_TRY(correlation_row(t, "c", "within", target, r));
        ATTNDYN_TRY(text_correlate_pooled(t->run->ctx, t->statistics, t->view->z, which, &r));
        ATTNDYN_TRY(correlation_row(t, "z", "pooled", target, r));
        ATTNDYN_TRY(text_correlate_pooled(t->run->ctx, t->statistics, gain, which, &r));
        ATTNDYN_TRY(correlation_row(t, "c/P", "pooled", target, r));
        ATTNDYN_TRY(attndyn_check_interrupt(t->run->ctx));
    }
    return ATTNDYN_OK;
}

enum attndyn_status text_tables_emit(const struct trial *run, const struct text *p,
                                     struct text_statistics *statistics,
                                     const struct attndyn_flow *flow,
                                     const struct attndyn_flow_view *view, const double *B,
                                     struct found *found) {
    struct tables t = {.run = run,
                       .found = found,
                       .statistics = statistics,
                       .estimate = &statistics->input->estimate,
                       .d = &statistics->input->estimate.distribution,
                       .flow = flow,
                       .view = view,
                       .B = B,
                       .min_seen = (uint64_t)p->min_seen,
                       .top = (size_t)p->top};
    uint64_t mark = attndyn_memory_mark(run->ctx);
    ATTNDYN_TRY(sort_classes(&t));
    ATTNDYN_TRY(emit_tokens(&t));
    ATTNDYN_TRY(emit_reading(&t));
    ATTNDYN_TRY(emit_classes(&t));
    ATTNDYN_TRY(emit_map(&t));
    ATTNDYN_TRY(emit_pairs(&t));
    ATTNDYN_TRY(emit_correlations(&t));
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}
