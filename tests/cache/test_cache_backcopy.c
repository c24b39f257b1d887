/* cache/backcopy: the chain's exact statistics against those of what it draws. */
#include "experiments/cache/backcopy/backcopy.h"
#include "tests/support.h"

#include <math.h>
#include <stdlib.h>

enum { SYMBOLS = 6, TOKENS = SYMBOLS + 1, LENGTH = 12, DRAWS = 60000 };

/* Means of independent draws, six standard errors apart at most; some 400 numbers are compared. */
TEST(statistics_are_those_of_the_draws) {
    struct attndyn_context *ctx = attndyn_context_create();
    const struct trial run = {.ctx = ctx};
    const struct backcopy p = {.symbols = SYMBOLS, .triggers = 2, .successors = 3, .chain_seed = 5};
    struct chain chain;
    struct attndyn_distribution *d;
    struct attndyn_random random;
    size_t *next, pairs = 0;
    double entropy;
    static double count[SYMBOLS][SYMBOLS], share[SYMBOLS][SYMBOLS][TOKENS],
        square[SYMBOLS][SYMBOLS][TOKENS];
    uint32_t tokens[LENGTH], targets[LENGTH];
    assert_ok(ctx, chain_create(&run, &p, &chain));
    assert_ok(ctx, chain_distribution(&run, &chain, LENGTH, &d, &next, &entropy));
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 77));
    for (int i = 0; i < DRAWS; i++) {
        double of[TOKENS] = {0};
        chain_draw(&chain, &random, LENGTH, tokens, targets);
        ck_assert_uint_eq(tokens[0], SYMBOLS);
        for (int t = 1; t < LENGTH; t++) { /* computed by the definition */
            ck_assert_uint_eq(tokens[t], targets[t - 1]);
            if (tokens[t] < 2) ck_assert_uint_eq(targets[t], tokens[t - 1]);
        }
        for (int t = 0; t + 1 < LENGTH; t++) of[tokens[t]] += 1. / (LENGTH - 1);
        const uint32_t m = tokens[LENGTH - 1], n = targets[LENGTH - 1];
        count[m][n]++;
        for (int l = 0; l < TOKENS; l++) share[m][n][l] += of[l], square[m][n][l] += of[l] * of[l];
    }
    attndyn_random_done(&random);
    double from_draws = 0, others = 0;
    for (size_t k = 0; k < d->classes; k++) {
        const size_t m = d->last[k], n = next[k];
        const double q = d->class_probability[k], c = count[m][n];
        pairs += (size_t)c;
        assert_at_most(fabs(c / DRAWS - q) / sqrt(q * (1 - q) / DRAWS), 6);
        for (size_t e = d->start[k]; e < d->start[k + 1]; e++) {
            const double mean = share[m][n][d->token[e]] / c,
                         var = square[m][n][d->token[e]] / c - mean * mean;
            assert_at_most(fabs(mean - d->probability[e]), 6 * sqrt(fmax(var, 0) / c) + 1e-12);
        }
        if (m < 2) continue;
        others += q;
        from_draws -= q * log(chain.next[m * SYMBOLS + n]);
    }
    ck_assert_uint_eq(pairs, DRAWS); /* no pair is drawn that is in no class */
    assert_at_most(fabs(from_draws / others - entropy), 1e-12);
    attndyn_context_free(ctx);
}

TCASE(cache_backcopy) {
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, statistics_are_those_of_the_draws);
}
