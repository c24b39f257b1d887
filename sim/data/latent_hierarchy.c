#include "latent_hierarchy.h"

#include "../base/random.h"

#include <math.h>
#include <string.h>

static size_t uniform_below(uint64_t *state, size_t n) {
    return (size_t)((double)(attndyn_splitmix_next(state) >> 11) * 0x1p-53 * (double)n);
}

/* A p-subset of {0 .. n-1}, ascending, all equally likely (Floyd's algorithm). */
static void draw_subset(uint64_t *state, size_t n, size_t p, uint32_t *subset) {
    size_t count = 0;
    for (size_t j = n - p; j < n; j++) {
        uint32_t x = (uint32_t)uniform_below(state, j + 1);
        for (size_t i = 0; i < count; i++)
            if (subset[i] == x) x = (uint32_t)j;
        size_t at = count++;
        for (; at > 0 && subset[at - 1] > x; at--) subset[at] = subset[at - 1];
        subset[at] = x;
    }
}

/* n choose p, or SIZE_MAX where it is larger than `most`. */
static size_t subsets(size_t n, size_t p, size_t most) {
    double c = 1;
    for (size_t i = 0; i < p; i++) c = c * (double)(n - i) / (double)(i + 1);
    return c > (double)most ? SIZE_MAX : (size_t)(c + 0.5);
}

/* The subsets of level s: redrawn where the level has them already. */
static enum attndyn_status draw_level(struct attndyn_context *ctx,
                                      struct attndyn_latent_hierarchy *h, size_t s,
                                      uint64_t *state) {
    size_t below = s ? h->latents[s - 1] : h->tokens - 1, n = h->latents[s], p = h->set[s];
    if (p < 1 || p > below || subsets(below, p, n) < n)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "level %zu: %zu different sets of %zu out of %zu are impossible: take "
                            "fewer latents or other sets",
                            s, n, p, below);
    ATTNDYN_ALLOC(ctx, h->member[s], n * p);
    for (size_t j = 0; j < n;) {
        uint32_t *subset = h->member[s] + j * p;
        draw_subset(state, below, p, subset);
        size_t i = 0;
        while (i < j && memcmp(h->member[s] + i * p, subset, p * sizeof *subset) != 0) i++;
        j += i == j;
    }
    return ATTNDYN_OK;
}

/* The latents that are active in the class, from the top down, and its sequence. */
static enum attndyn_status expand(struct attndyn_context *ctx, struct attndyn_latent_hierarchy *h,
                                  size_t class, unsigned char *on) {
    h->active[h->levels - 1][class * h->classes + class] = 1;
    memset(on, 0, h->tokens);
    for (size_t s = h->levels; s-- > 0;) {
        const unsigned char *active = h->active[s] + class * h->latents[s];
        unsigned char *below = s ? h->active[s - 1] + class * h->latents[s - 1] : on;
        for (size_t j = 0; j < h->latents[s]; j++)
            for (size_t i = 0; active[j] && i < h->set[s]; i++)
                below[h->member[s][j * h->set[s] + i]] = 1;
    }
    size_t count = 0;
    for (size_t l = 0; l < h->tokens; l++) count += on[l];
    if (count > h->length)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "class %zu has %zu tokens: more than the sequence's length %zu", class,
                            count, h->length);
    h->words[class] = count;
    h->target[class] = (uint32_t) class;
    uint32_t *sequence = h->sequence + class * h->length;
    size_t at = 0;
    while (at < h->length - count) sequence[at++] = (uint32_t)(h->tokens - 1);
    for (size_t l = 0; l < h->tokens; l++)
        if (on[l]) sequence[at++] = (uint32_t)l;
    return ATTNDYN_OK;
}

/* Keeps only `columns` positions; the first of them accounts for those that were dropped. */
static enum attndyn_status count_padding(struct attndyn_context *ctx,
                                         struct attndyn_latent_hierarchy *h) {
    size_t longest = 0;
    for (size_t c = 0; c < h->classes; c++) longest = h->words[c] > longest ? h->words[c] : longest;
    h->columns = longest < h->length ? longest + 1 : h->length;
    ATTNDYN_ALLOC(ctx, h->shorter, h->classes * h->columns);
    ATTNDYN_ALLOC(ctx, h->counts, h->classes * h->columns);
    for (size_t c = 0; c < h->classes; c++)
        for (size_t i = 0, gone = h->length - h->columns; i < h->columns; i++) {
            h->shorter[c * h->columns + i] = h->sequence[c * h->length + gone + i];
            h->counts[c * h->columns + i] = i == 0 ? (double)(gone + 1) : 1;
        }
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_latent_hierarchy_create(struct attndyn_context *ctx, size_t tokens,
                                                    size_t length, size_t levels,
                                                    const size_t *latents, const size_t *set,
                                                    uint64_t seed,
                                                    struct attndyn_latent_hierarchy *h) {
    if (levels < 1 || levels > ATTNDYN_HIERARCHY_LEVELS || tokens < 2 || length < 1)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%zu levels, %zu tokens, sequences of %zu: expected 1 to %d levels, at "
                            "least 2 tokens and a length of at least 1",
                            levels, tokens, length, ATTNDYN_HIERARCHY_LEVELS);
    *h = (struct attndyn_latent_hierarchy){
        .tokens = tokens, .length = length, .levels = levels, .classes = latents[levels - 1]};
    uint64_t state = attndyn_random_derive(seed, "latent-hierarchy", 0);
    for (size_t s = 0; s < levels; s++) {
        h->latents[s] = latents[s], h->set[s] = set[s];
        if (latents[s] < 1)
            return attndyn_fail(ctx, ATTNDYN_USAGE, "level %zu has no latent: expected at least 1",
                                s);
        ATTNDYN_TRY(draw_level(ctx, h, s, &state));
        ATTNDYN_ALLOC(ctx, h->active[s], h->classes * latents[s]);
    }
    unsigned char *on;
    ATTNDYN_ALLOC(ctx, h->words, h->classes);
    ATTNDYN_ALLOC(ctx, h->sequence, h->classes * length);
    ATTNDYN_ALLOC(ctx, h->target, h->classes);
    ATTNDYN_ALLOC(ctx, on, tokens);
    for (size_t c = 0; c < h->classes; c++) ATTNDYN_TRY(expand(ctx, h, c, on));
    attndyn_free(ctx, on);
    for (size_t c = 0; c < h->classes; c++) {
        double alike = 0;
        for (size_t d = 0; d < h->classes; d++)
            alike += memcmp(h->sequence + c * length, h->sequence + d * length,
                            length * sizeof *h->sequence) == 0;
        h->floor += log(alike) / (double)h->classes;
    }
    ATTNDYN_TRY(count_padding(ctx, h));
    for (size_t s = 0; s < levels; s++)
        for (size_t j = 0; j < latents[s]; j++) {
            size_t c = 0;
            while (c < h->classes && !h->active[s][c * latents[s] + j]) c++;
            h->used[s] += c < h->classes;
        }
    return ATTNDYN_OK;
}

struct attndyn_batch attndyn_latent_hierarchy_all(const struct attndyn_latent_hierarchy *h) {
    return (struct attndyn_batch){
        .sequences = h->classes, .length = h->length, .tokens = h->sequence, .targets = h->target};
}

struct attndyn_batch attndyn_latent_hierarchy_counted(const struct attndyn_latent_hierarchy *h) {
    return (struct attndyn_batch){
        .sequences = h->classes, .length = h->columns, .tokens = h->shorter, .targets = h->target};
}

struct attndyn_batch attndyn_latent_hierarchy_draw(const struct attndyn_latent_hierarchy *h,
                                                   size_t n, uint64_t *state, double *weights) {
    struct attndyn_batch batch = attndyn_latent_hierarchy_counted(h);
    memset(weights, 0, h->classes * sizeof *weights);
    for (size_t i = 0; i < n; i++) weights[uniform_below(state, h->classes)]++;
    batch.weights = weights;
    return batch;
}
