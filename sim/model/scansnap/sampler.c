#include "sampler.h"

#include <math.h>
#include <string.h>

/* A coin that lands below threshold with probability p; p = 1 needs no coin: other = column. */
static uint32_t coin(double p) {
    double scaled = rint(p * 0x1p32);
    return scaled >= 0x1p32 ? UINT32_MAX : scaled > 0 ? (uint32_t)scaled : 0;
}

enum attndyn_status attndyn_alias_create(struct attndyn_context *ctx, size_t n,
                                         const double *probability, struct attndyn_alias *alias) {
    if (n == 0 || n > UINT32_MAX)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "an alias table over %zu categories", n);
    alias->n = (uint32_t)n;
    ATTNDYN_ALLOC(ctx, alias->threshold, n);
    ATTNDYN_ALLOC(ctx, alias->other, n);
    ATTNDYN_ALLOC(ctx, alias->cells, 4 * n);
    double *height;  /* mean height 1 */
    uint32_t *stack; /* below 1 from the front, others from the back */
    ATTNDYN_ALLOC(ctx, height, n);
    ATTNDYN_ALLOC(ctx, stack, n);
    size_t low = 0, high = n;
    for (size_t i = 0; i < n; i++) {
        height[i] = probability[i] * (double)n;
        stack[height[i] < 1 ? low++ : --high] = (uint32_t)i;
        alias->other[i] = (uint32_t)i;
        alias->threshold[i] = UINT32_MAX;
    }
    while (low > 0 && high < n) {
        uint32_t small = stack[--low], large = stack[high];
        alias->threshold[small] = coin(height[small]);
        alias->other[small] = large;
        height[large] -= 1 - height[small];
        if (height[large] < 1) {
            high++;
            stack[low++] = large;
        }
    }
    attndyn_free(ctx, height);
    attndyn_free(ctx, stack);
    return ATTNDYN_OK;
}

/* The cell of one draw: 2 column, + 1 if the coin keeps the column. */
static inline size_t cell(const struct attndyn_alias *alias, uint32_t bits) {
    uint64_t product = (uint64_t)bits * alias->n;
    size_t column = (size_t)(product >> 32);
    return 2 * column + ((uint32_t)product < alias->threshold[column]);
}

void attndyn_alias_counts(const struct attndyn_alias *alias, uint64_t *state, size_t trials,
                          uint32_t *counts) {
    uint32_t n = alias->n, *even = alias->cells, *odd = even + 2 * n;
    memset(even, 0, 4 * n * sizeof *even);
    uint64_t stream = *state;
    for (size_t i = 1; i < trials; i += 2) {
        uint64_t bits = attndyn_splitmix_next(&stream);
        even[cell(alias, (uint32_t)bits)]++;
        odd[cell(alias, (uint32_t)(bits >> 32))]++;
    }
    if (trials % 2) even[cell(alias, (uint32_t)attndyn_splitmix_next(&stream))]++;
    *state = stream;
    for (uint32_t i = 0; i < n; i++) counts[i] = even[2 * i + 1] + odd[2 * i + 1];
    for (uint32_t i = 0; i < n; i++) counts[alias->other[i]] += even[2 * i] + odd[2 * i];
}

_Static_assert(sizeof(unsigned) == sizeof(uint32_t), "GSL counts in unsigned");

void attndyn_sampler_counts(const struct attndyn_alias *alias, const double *probability,
                            uint64_t *state, size_t trials, uint32_t *counts) {
    enum { DRAWS_PER_BINOMIAL = 80 }; /* measured: bench/ */
    if (trials / DRAWS_PER_BINOMIAL <= alias->n)
        attndyn_alias_counts(alias, state, trials, counts);
    else
        attndyn_splitmix_multinomial(state, alias->n, (unsigned)trials, probability, counts);
}
