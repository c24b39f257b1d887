#include "distribution.h"

#include <math.h>

enum attndyn_status attndyn_distribution_allocate(struct attndyn_context *ctx, size_t classes,
                                                  size_t last_tokens, size_t entries,
                                                  struct attndyn_distribution **distribution) {
    struct attndyn_distribution *d;
    ATTNDYN_ALLOC(ctx, d, 1);
    d->classes = classes;
    d->last_tokens = last_tokens;
    ATTNDYN_ALLOC(ctx, d->last, classes);
    ATTNDYN_ALLOC(ctx, d->class_probability, classes);
    ATTNDYN_ALLOC(ctx, d->start, classes + 1);
    ATTNDYN_ALLOC(ctx, d->token, entries);
    ATTNDYN_ALLOC(ctx, d->probability, entries);
    *distribution = d;
    return ATTNDYN_OK;
}

/* x[0..n) must be positive (or, with zeros allowed, non-negative) and sum to 1; makes the sum as
 * exactly 1 as division can. */
static enum attndyn_status normalise(struct attndyn_context *ctx, const char *what, size_t which,
                                     double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] > 0 && x[i] <= 1 + 1e-6))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s %zu: probability %g of entry %zu, expected above 0 and at "
                                "most 1 (leave entries of probability 0 out)",
                                what, which, x[i], i);
        sum += x[i];
    }
    if (!(fabs(sum - 1) <= 1e-6))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s %zu: probabilities sum to %.9g, expected 1 within 1e-6", what,
                            which, sum);
    for (size_t i = 0; i < n; i++) x[i] /= sum;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_distribution_complete(struct attndyn_context *ctx,
                                                  struct attndyn_distribution *d) {
    if (d->classes == 0 || d->tokens == 0 || d->last_tokens == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "a distribution needs at least one class, last token and token; this "
                            "has %zu, %zu and %zu",
                            d->classes, d->last_tokens, d->tokens);
    if (d->columns < d->classes)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the decoder has %zu columns for %zu classes: expected at least one "
                            "for each",
                            d->columns, d->classes);
    ATTNDYN_TRY(normalise(ctx, "class probabilities, set", 0, d->class_probability, d->classes));
    ATTNDYN_ALLOC(ctx, d->degree, d->tokens);
    for (size_t n = 0; n < d->classes; n++) {
        size_t from = d->start[n], to = d->start[n + 1];
        if (to <= from)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "class %zu has no context token", n);
        if (d->last[n] >= d->last_tokens)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "class %zu has last token %zu, expected below %zu", n, d->last[n],
                                d->last_tokens);
        for (size_t e = from; e < to; e++) {
            if (d->token[e] >= d->tokens || (e > from && d->token[e] <= d->token[e - 1]))
                return attndyn_fail(ctx, ATTNDYN_USAGE,
                                    "class %zu: token %zu, expected ascending and below %zu", n,
                                    d->token[e], d->tokens);
            d->degree[d->token[e]]++;
        }
        ATTNDYN_TRY(normalise(ctx, "class", n, d->probability + from, to - from));
    }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_distribution_class_weights(struct attndyn_context *ctx,
                                                       struct attndyn_distribution *d,
                                                       const double *weights, size_t count) {
    if (count != d->classes)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%zu class weights for %zu classes", count,
                            d->classes);
    double sum = 0;
    for (size_t n = 0; n < count; n++) {
        if (!(weights[n] > 0 && isfinite(weights[n])))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "class weight %zu is %g, expected positive", n,
                                weights[n]);
        sum += weights[n];
    }
    for (size_t n = 0; n < count; n++) d->class_probability[n] = weights[n] / sum;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_family_create(struct attndyn_context *ctx, size_t classes,
                                          size_t classes_per_last, const double *p, size_t distinct,
                                          const double *q, size_t commons,
                                          struct attndyn_symmetric_family *family) {
    if (classes == 0 || classes_per_last == 0 || classes % classes_per_last != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%zu classes at %zu per last token: expected a positive multiple",
                            classes, classes_per_last);
    if (distinct + commons == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "no tokens: expected at least one distinct or common token");
    *family = (struct attndyn_symmetric_family){
        .classes = classes,
        .classes_per_last = classes_per_last,
        .columns = classes,
        .distinct = distinct,
        .commons = commons,
    };
    ATTNDYN_ALLOC(ctx, family->p, distinct);
    ATTNDYN_ALLOC(ctx, family->q, commons);
    double sum = 0;
    for (size_t i = 0; i < distinct + commons; i++) {
        double weight = i < distinct ? p[i] : q[i - distinct];
        if (!(weight > 0 && isfinite(weight)))
            return attndyn_fail(ctx, ATTNDYN_USAGE, "token weight %g: expected positive", weight);
        sum += weight;
    }
    for (size_t i = 0; i < distinct; i++) family->p[i] = p[i] / sum;
    for (size_t i = 0; i < commons; i++) family->q[i] = q[i] / sum;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_family_authors(struct attndyn_context *ctx, size_t num_last,
                                           size_t num_next_per_last, size_t num_common,
                                           size_t num_distinct,
                                           struct attndyn_symmetric_family *family) {
    double *p, *q;
    ATTNDYN_ALLOC(ctx, p, num_distinct);
    ATTNDYN_ALLOC(ctx, q, num_common);
    for (size_t i = 0; i < num_distinct; i++)
        p[i] = num_distinct == 1 ? 0.1 : 0.1 + 0.9 * (double)i / (double)(num_distinct - 1);
    for (size_t i = 0; i < num_common; i++) q[i] = 1;
    enum attndyn_status status =
        attndyn_family_create(ctx, num_last * num_next_per_last, num_next_per_last, p, num_distinct,
                              q, num_common, family);
    attndyn_free(ctx, p);
    attndyn_free(ctx, q);
    return status;
}

/* The family's shape with P(l|n) still to be filled in from weight(class, slot). */
static enum attndyn_status lay_out(struct attndyn_context *ctx,
                                   struct attndyn_symmetric_family *family,
                                   enum attndyn_columns columns,
                                   struct attndyn_distribution **distribution) {
    size_t K = family->classes, G = family->commons, D = family->distinct;
    size_t L = K / family->classes_per_last;
    struct attndyn_distribution *d;
    ATTNDYN_TRY(attndyn_distribution_allocate(ctx, K, L, K * (G + D), &d));
    d->tokens = G + D * K;
    d->columns = K;
    if (columns == ATTNDYN_COLUMNS_VOCABULARY) {
        ATTNDYN_ALLOC(ctx, d->last_token, L);
        ATTNDYN_ALLOC(ctx, d->next_token, K);
        for (size_t m = 0; m < L; m++) d->last_token[m] = d->tokens + m;
        for (size_t n = 0; n < K; n++) d->next_token[n] = d->tokens + L + n;
        d->tokens += L + K;
        d->columns = d->tokens;
    }
    family->columns = d->columns;
    for (size_t n = 0; n < K; n++) {
        d->last[n] = n / family->classes_per_last;
        d->class_probability[n] = 1 / (double)K;
        d->start[n + 1] = (n + 1) * (G + D);
        for (size_t i = 0; i < G + D; i++) {
            d->token[d->start[n] + i] = i < G ? i : G + n * D + (i - G);
            d->probability[d->start[n] + i] = i < G ? family->q[i] : family->p[i - G];
        }
    }
    *distribution = d;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_distribution_symmetric(struct attndyn_context *ctx,
                                                   struct attndyn_symmetric_family *family,
                                                   enum attndyn_columns columns,
                                                   struct attndyn_distribution **distribution) {
    ATTNDYN_TRY(lay_out(ctx, family, columns, distribution));
    return attndyn_distribution_complete(ctx, *distribution);
}

enum attndyn_status attndyn_distribution_random(struct attndyn_context *ctx,
                                                struct attndyn_symmetric_family *family,
                                                enum attndyn_columns columns,
                                                const struct attndyn_random_spread *spread,
                                                struct attndyn_distribution **distribution) {
    ATTNDYN_TRY(lay_out(ctx, family, columns, distribution));
    struct attndyn_distribution *d = *distribution;
    struct attndyn_random random;
    ATTNDYN_TRY(attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, spread->seed));
    double class_sum = 0;
    for (size_t n = 0; n < d->classes; n++) {
        double sum = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            double sd = e - d->start[n] < family->commons ? spread->common_sd : spread->distinct_sd;
            if (sd > 0) d->probability[e] *= exp(sd * attndyn_random_normal(&random));
            sum += d->probability[e];
        }
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) d->probability[e] /= sum;
        if (spread->class_sd > 0)
            d->class_probability[n] *= exp(spread->class_sd * attndyn_random_normal(&random));
        class_sum += d->class_probability[n];
    }
    for (size_t n = 0; n < d->classes; n++) d->class_probability[n] /= class_sum;
    attndyn_random_done(&random);
    return attndyn_distribution_complete(ctx, d);
}

enum attndyn_status attndyn_distribution_dense(struct attndyn_context *ctx, size_t classes,
                                               size_t tokens, const double *p, const size_t *last,
                                               const double *class_probability,
                                               struct attndyn_distribution **distribution) {
    size_t last_tokens = 0;
    for (size_t n = 0; n < classes; n++)
        if (last[n] >= last_tokens) last_tokens = last[n] + 1;
    struct attndyn_distribution *d;
    ATTNDYN_TRY(attndyn_distribution_allocate(ctx, classes, last_tokens, classes * tokens, &d));
    d->tokens = tokens;
    d->columns = classes;
    for (size_t n = 0; n < classes; n++) {
        d->last[n] = last[n];
        d->class_probability[n] = class_probability ? class_probability[n] : 1 / (double)classes;
        size_t e = d->start[n];
        for (size_t l = 0; l < tokens; l++) {
            if (p[n * tokens + l] == 0) continue;
            d->token[e] = l;
            d->probability[e++] = p[n * tokens + l];
        }
        d->start[n + 1] = e;
    }
    *distribution = d;
    return attndyn_distribution_complete(ctx, d);
}

static bool same(double a, double b) {
    return fabs(a - b) <= 1e-12 * fabs(b);
}

/* Counts of distinct and common entries of class n. */
static void count_kinds(const struct attndyn_distribution *d, size_t n, size_t *distinct,
                        size_t *commons) {
    *distinct = *commons = 0;
    for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
        ++*(d->degree[d->token[e]] == 1 ? distinct : commons);
}

enum attndyn_status attndyn_distribution_family(struct attndyn_context *ctx,
                                                const struct attndyn_distribution *d,
                                                struct attndyn_symmetric_family *family,
                                                bool *member) {
    size_t K = d->classes, D, G, *per_last;
    *member = false;
    if (K < 2 || K % d->last_tokens != 0) return ATTNDYN_OK;
    count_kinds(d, 0, &D, &G);
    struct attndyn_symmetric_family f = {.classes = K,
                                         .classes_per_last = K / d->last_tokens,
                                         .columns = d->columns,
                                         .distinct = D,
                                         .commons = G};
    ATTNDYN_ALLOC(ctx, per_last, d->last_tokens);
    ATTNDYN_ALLOC(ctx, f.p, D);
    ATTNDYN_ALLOC(ctx, f.q, G);
    for (size_t n = 0; n < K; n++) {
        size_t distinct, commons, i = 0, j = 0;
        count_kinds(d, n, &distinct, &commons);
        if (distinct != D || commons != G || !same(d->class_probability[n], 1 / (double)K))
            return ATTNDYN_OK;
        per_last[d->last[n]]++;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            bool common = d->degree[d->token[e]] > 1;
            if (common && d->degree[d->token[e]] != K) return ATTNDYN_OK;
            double *expected = common ? &f.q[i++] : &f.p[j++];
            if (n == 0) *expected = d->probability[e];
            if (!same(d->probability[e], *expected)) return ATTNDYN_OK;
        }
    }
    for (size_t m = 0; m < d->last_tokens; m++)
        if (per_last[m] != f.classes_per_last) return ATTNDYN_OK;
    *family = f;
    *member = true;
    return ATTNDYN_OK;
}
