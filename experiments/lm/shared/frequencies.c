#include "frequencies.h"

#include <math.h>
#include <stdlib.h>

static int by_falling_count(const void *a, const void *b) {
    const struct frequency *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return x->token < y->token ? -1 : x->token > y->token;
}

void frequencies_sort(struct frequency *f, size_t n) {
    qsort(f, n, sizeof *f, by_falling_count);
}

static int ascending(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t pair_of(uint32_t v, uint32_t w) {
    return (uint64_t)v << 32 | w;
}

/* How many of the ascending pairs lie below x. */
static size_t below(size_t n, const uint64_t *pair, uint64_t x) {
    size_t low = 0;
    while (n > 0) {
        const size_t half = n / 2;
        if (pair[low + half] < x)
            low += half + 1, n -= half + 1;
        else
            n = half;
    }
    return low;
}

enum attndyn_status frequencies_loss(struct attndyn_context *ctx, size_t V,
                                     const struct attndyn_tokens *from,
                                     const struct attndyn_tokens *of, struct frequencies *loss) {
    const uint64_t mark = attndyn_memory_mark(ctx);
    const size_t n = from->length, pairs = n > 0 ? n - 1 : 0;
    double *count, *followers;
    uint64_t *pair;
    ATTNDYN_ALLOC(ctx, count, V);
    ATTNDYN_ALLOC(ctx, followers, V);
    ATTNDYN_ALLOC(ctx, pair, pairs + 1);
    for (size_t i = 0; i < n; i++) count[from->id[i]]++;
    for (size_t i = 0; i < pairs; i++) pair[i] = pair_of(from->id[i], from->id[i + 1]);
    qsort(pair, pairs, sizeof *pair, ascending);
    for (size_t i = 0; i < pairs; i++)
        if (i == 0 || pair[i] != pair[i - 1]) followers[pair[i] >> 32]++;
    *loss = (struct frequencies){0};
    for (size_t i = 0; i < of->length; i++) {
        const uint32_t w = of->id[i];
        double p = (count[w] + 1) / (double)(n + V);
        loss->words -= log(p) / (double)of->length;
        if (i == 0) continue;
        const uint32_t v = of->id[i - 1];
        const uint64_t both = pair_of(v, w);
        const double together = (double)(below(pairs, pair, both + 1) - below(pairs, pair, both));
        /* the last word of all is followed by none */
        const double behind = (double)(below(pairs, pair, pair_of(v, UINT32_MAX) + 1) -
                                       below(pairs, pair, pair_of(v, 0)));
        if (behind > 0) p = (together + followers[v] * p) / (behind + followers[v]);
        loss->pairs -= log(p) / (double)(of->length - 1);
    }
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}
