#include "statistics.h"

#include "sim/num/stats.h"
#include "sim/observe/discriminancy.h"
#include "theory/scansnap/early.h"

#include <math.h>

const char *const text_target_names[TARGETS] = {"P", "tfidf", "tfidf_text", "llr", "pmi", "early"};

static void fill_targets(struct text_statistics *s) {
    const struct text_input *in = s->input;
    const struct attndyn_text_estimate *e = &in->estimate;
    const struct attndyn_distribution *d = &e->distribution;
    for (size_t n = 0; n < d->classes; n++)
        for (size_t i = d->start[n]; i < d->start[n + 1]; i++) {
            size_t l = d->token[i];
            double p = d->probability[i];
            struct attndyn_contingency counts = {e->pair_count[i], e->token_count[l],
                                                 e->context_count[n], e->total};
            s->target[TARGET_P][i] = p;
            s->target[TARGET_TFIDF][i] =
                attndyn_tfidf(p, (double)d->classes, (double)e->token_classes[l]);
            s->target[TARGET_TFIDF_TEXT][i] =
                attndyn_tfidf(p, (double)in->corpus.paragraphs, (double)in->paragraphs_with[l]);
            s->target[TARGET_LLR][i] = attndyn_log_likelihood_ratio(counts);
            s->target[TARGET_PMI][i] = attndyn_pointwise_information(counts);
            s->target[TARGET_EARLY][i] = s->early_rate[d->last[n] * d->tokens + l];
        }
}

/* The entries seen min_seen times or more, and the targets' ranks among them. */
static enum attndyn_status choose_seen(struct attndyn_context *ctx, struct text_statistics *s,
                                       uint64_t min_seen) {
    const struct attndyn_text_estimate *e = &s->input->estimate;
    const struct attndyn_distribution *d = &e->distribution;
    size_t used = 0;
    ATTNDYN_ALLOC(ctx, s->seen, s->entries);
    ATTNDYN_ALLOC(ctx, s->seen_start, d->classes + 1);
    for (size_t n = 0; n < d->classes; n++) {
        size_t before = used;
        for (size_t i = d->start[n]; i < d->start[n + 1]; i++)
            if (e->pair_count[i] >= min_seen) s->seen[used++] = i;
        if (used - before < TEXT_CLASS_LEAST) used = before;
        s->seen_start[n + 1] = used;
    }
    for (int t = 0; t < TARGETS; t++) {
        ATTNDYN_ALLOC(ctx, s->target_rank[t], used);
        for (size_t n = 0; n < d->classes; n++) {
            size_t from = s->seen_start[n], count = s->seen_start[n + 1] - from;
            for (size_t i = 0; i < count; i++) s->values[i] = s->target[t][s->seen[from + i]];
            ATTNDYN_TRY(attndyn_ranks(ctx, count, s->values, s->target_rank[t] + from));
        }
    }
    return ATTNDYN_OK;
}

enum attndyn_status text_statistics_create(struct attndyn_context *ctx,
                                           const struct text_input *input, const double *f0,
                                           uint64_t min_seen, struct text_statistics *statistics) {
    const struct attndyn_distribution *d = &input->estimate.distribution;
    size_t entries = d->start[d->classes];
    *statistics = (struct text_statistics){.input = input, .entries = entries};
    for (int t = 0; t < TARGETS; t++) ATTNDYN_ALLOC(ctx, statistics->target[t], entries);
    ATTNDYN_ALLOC(ctx, statistics->early_rate, d->last_tokens * d->tokens);
    ATTNDYN_ALLOC(ctx, statistics->values, entries);
    ATTNDYN_ALLOC(ctx, statistics->ranks, entries);
    ATTNDYN_ALLOC(ctx, statistics->by_class, d->classes);
    ATTNDYN_ALLOC(ctx, statistics->by_class_partial, d->classes);
    double *mean;
    ATTNDYN_ALLOC(ctx, mean, d->tokens);
    attndyn_early_z_rates(d->classes, d->tokens, d->last_tokens, (double)d->columns, d->start,
                          d->token, f0, d->class_probability, d->last, mean,
                          statistics->early_rate);
    attndyn_free(ctx, mean);
    fill_targets(statistics);
    return choose_seen(ctx, statistics, min_seen);
}

/* The mean of value over classes without NaN, leaving out last token `without` (SIZE_MAX: none).
 * classes: how many took part. */
static double mean_without(const struct attndyn_distribution *d, const double *value,
                           size_t without, size_t *classes) {
    double sum = 0;
    *classes = 0;
    for (size_t n = 0; n < d->classes; n++)
        if (d->last[n] != without && !isnan(value[n])) sum += value[n], ++*classes;
    return *classes ? sum / (double)*classes : NAN;
}

/* Mean over classes, and its delete-one jackknife error over last tokens: classes of one last
 * token share z and are not independent. NaN with a single last token. */
static void mean_and_error(const struct attndyn_distribution *d, const double *value, double *mean,
                           double *error, size_t *classes) {
    *mean = mean_without(d, value, SIZE_MAX, classes);
    double sum = 0, square = 0, groups = 0;
    for (size_t m = 0; m < d->last_tokens; m++) {
        size_t rest;
        double left = mean_without(d, value, m, &rest);
        /* last token m has none of the classes that count, or all of them */
        if (rest == *classes || rest == 0) continue;
        sum += left, square += left * left, groups++;
    }
    double spread = square - sum * sum / groups;
    *error = groups > 1 ? sqrt(fmax(spread, 0) * (groups - 1) / groups) : NAN;
}

enum attndyn_status text_correlate(struct attndyn_context *ctx, struct text_statistics *s,
                                   const double *x, enum text_target target,
                                   struct text_correlation *correlation) {
    const struct attndyn_distribution *d = &s->input->estimate.distribution;
    struct text_correlation result = {0};
    for (size_t n = 0; n < d->classes; n++) {
        size_t from = s->seen_start[n], count = s->seen_start[n + 1] - from;
        s->by_class[n] = s->by_class_partial[n] = NAN;
        if (count == 0) continue;
        for (size_t i = 0; i < count; i++) s->values[i] = x[s->seen[from + i]];
        ATTNDYN_TRY(attndyn_ranks(ctx, count, s->values, s->ranks));
        const double *rank = s->target_rank[target] + from, *p = s->target_rank[TARGET_P] + from;
        s->by_class[n] = attndyn_pearson(count, s->ranks, rank).value;
        s->by_class_partial[n] =
            target == TARGET_P
                ? NAN
                : attndyn_partial_correlation(s->by_class[n],
                                              attndyn_pearson(count, s->ranks, p).value,
                                              attndyn_pearson(count, rank, p).value);
        if (!isnan(s->by_class[n])) result.tokens += count;
    }
    size_t classes;
    mean_and_error(d, s->by_class, &result.mean, &result.error, &result.classes);
    mean_and_error(d, s->by_class_partial, &result.partial_mean, &result.partial_error, &classes);
    *correlation = result;
    return ATTNDYN_OK;
}

/* Spearman of x and y (by entry) over the seen entries whose last token is not `without`. */
static enum attndyn_status pooled_without(struct attndyn_context *ctx, struct text_statistics *s,
                                          const double *x, const double *y, size_t without,
                                          double *b, double *rank_b, double *rho) {
    const struct attndyn_distribution *d = &s->input->estimate.distribution;
    size_t count = 0;
    for (size_t n = 0; n < d->classes; n++) {
        if (d->last[n] == without) continue;
        for (size_t i = s->seen_start[n]; i < s->seen_start[n + 1]; i++) {
            s->values[count] = x[s->seen[i]];
            b[count++] = y[s->seen[i]];
        }
    }
    ATTNDYN_TRY(attndyn_ranks(ctx, count, s->values, s->ranks));
    ATTNDYN_TRY(attndyn_ranks(ctx, count, b, rank_b));
    *rho = attndyn_pearson(count, s->ranks, rank_b).value;
    return ATTNDYN_OK;
}

enum attndyn_status text_correlate_pooled(struct attndyn_context *ctx, struct text_statistics *s,
                                          const double *x, enum text_target target,
                                          struct text_correlation *correlation) {
    const struct attndyn_distribution *d = &s->input->estimate.distribution;
    uint64_t mark = attndyn_memory_mark(ctx);
    size_t L = d->last_tokens;
    double *b, *rank_b, sum = 0, square = 0;
    ATTNDYN_ALLOC(ctx, b, s->entries);
    ATTNDYN_ALLOC(ctx, rank_b, s->entries);
    *correlation = (struct text_correlation){.partial_mean = NAN, .partial_error = NAN};
    const double *y = s->target[target];
    ATTNDYN_TRY(pooled_without(ctx, s, x, y, SIZE_MAX, b, rank_b, &correlation->mean));
    for (size_t m = 0; m < L; m++) {
        double left;
        ATTNDYN_TRY(pooled_without(ctx, s, x, y, m, b, rank_b, &left));
        sum += left, square += left * left;
    }
    double spread = square - sum * sum / (double)L;
    correlation->error = L > 1 ? sqrt(fmax(spread, 0) * (double)(L - 1) / (double)L) : NAN;
    for (size_t n = 0; n < d->classes; n++)
        correlation->classes += s->seen_start[n + 1] > s->seen_start[n];
    correlation->tokens = s->seen_start[d->classes];
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}
