#include "placed.h"

#include <math.h>

enum attndyn_status attndyn_placed_create(struct attndyn_context *ctx, size_t classes,
                                          size_t tokens, size_t positions,
                                          struct attndyn_placed **data) {
    if (classes < 2 || tokens < 1 || positions < 1)
        return attndyn_fail(
            ctx, ATTNDYN_USAGE,
            "positions need at least two classes, a token and a bucket, not K = %zu, "
            "M = %zu, R = %zu",
            classes, tokens, positions);
    struct attndyn_placed *d;
    ATTNDYN_ALLOC(ctx, d, 1);
    *d = (struct attndyn_placed){.classes = classes,
                                 .tokens = tokens,
                                 .positions = positions,
                                 .queries = 1,
                                 .answers = classes};
    ATTNDYN_ALLOC(ctx, d->query, classes);
    ATTNDYN_ALLOC(ctx, d->answer, classes);
    ATTNDYN_ALLOC(ctx, d->class_probability, classes);
    ATTNDYN_ALLOC(ctx, d->share, positions);
    ATTNDYN_ALLOC(ctx, d->probability, positions * classes * tokens);
    for (size_t n = 0; n < classes; n++) {
        d->class_probability[n] = 1 / (double)classes;
        d->answer[n] = n;
    }
    for (size_t r = 0; r < positions; r++) d->share[r] = 1 / (double)positions;
    *data = d;
    return ATTNDYN_OK;
}

/* Divides by the sum, which must be 1 within 1e-6. */
static bool normalise(size_t count, double *p, bool positive) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(p[i] >= 0) || (positive && !(p[i] > 0))) return false;
        sum += p[i];
    }
    if (!(fabs(sum - 1) <= 1e-6)) return false;
    for (size_t i = 0; i < count; i++) p[i] /= sum;
    return true;
}

enum attndyn_status attndyn_placed_complete(struct attndyn_context *ctx, struct attndyn_placed *d) {
    if (!normalise(d->classes, d->class_probability, true))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the classes' probabilities must be positive and sum to 1");
    if (!normalise(d->positions, d->share, true))
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "the buckets' shares must be positive and sum to 1");
    d->queries = d->answers = 0;
    for (size_t n = 0; n < d->classes; n++) {
        if (d->query[n] >= d->queries) d->queries = d->query[n] + 1;
        if (d->answer[n] >= d->answers) d->answers = d->answer[n] + 1;
    }
    for (size_t r = 0; r < d->positions; r++)
        for (size_t n = 0; n < d->classes; n++)
            if (!normalise(d->tokens, attndyn_placed_law(d, r, n), false))
                return attndyn_fail(
                    ctx, ATTNDYN_USAGE,
                    "P_r(l|n) of bucket %zu and class %zu must be non-negative and sum "
                    "to 1",
                    r + 1, n + 1);
    return ATTNDYN_OK;
}
