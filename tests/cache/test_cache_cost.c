/* theory/cache/cost against counting by the definition of each scheme, and against the shapes of
 * published networks. */
#include "tests/support.h"
#include "theory/cache/cost.h"

#include <inttypes.h>
#include <stdio.h>

/* Does the query at t see key j, by the definition of streaming: the first `sinks` keys and the
 * last L - sinks? */
static bool sees(uint64_t slots, uint64_t sinks, uint64_t t, uint64_t j) {
    return j <= t && (j < sinks || t - j < slots - sinks);
}

TEST(pairs_are_those_of_the_definition) {
    for (uint64_t L = 1; L <= 9; L++) {
        uint64_t dense = 0, window = 0, anew = 0;
        for (uint64_t t = 0; t < 40; t++) {
            uint64_t seen = 0, with_sinks = 0, pass = 0;
            for (uint64_t j = 0; j <= t; j++) {
                seen += sees(L, 0, t, j);
                with_sinks += sees(L, L / 2, t, j);
            }
            /* re-computation: a pass over the last L tokens, in which each sees itself and those
             * before it; the first L tokens share one pass */
            for (uint64_t i = 0; i < L && t >= L; i++)
                for (uint64_t j = 0; j <= i; j++) pass++;
            if (t < L) pass = t + 1;
            dense += t + 1, window += seen, anew += pass;
            ck_assert_uint_eq(seen, with_sinks);
            ck_assert_uint_eq(attndyn_cost_pairs(ATTNDYN_COST_SLOTS, L, t), seen);
            ck_assert_uint_eq(attndyn_cost_pairs(ATTNDYN_COST_DENSE, L, t), t + 1);
            ck_assert_uint_eq(attndyn_cost_pairs(ATTNDYN_COST_RECOMPUTATION, L, t), pass);
            ck_assert_uint_eq(attndyn_cost_pairs_sum(ATTNDYN_COST_DENSE, L, t + 1), dense);
            ck_assert_uint_eq(attndyn_cost_pairs_sum(ATTNDYN_COST_SLOTS, L, t + 1), window);
            ck_assert_uint_eq(attndyn_cost_pairs_sum(ATTNDYN_COST_RECOMPUTATION, L, t + 1), anew);
        }
    }
}

/* Published: 6,738,415,616 and 125,239,296 weights. Beside maps, embedding and head Llama has 65
 * norms; OPT ties its head, and has biases, norms and a table of 2050 positions. */
TEST(shapes_are_the_published_ones) {
    const struct attndyn_cost_shape *llama = &attndyn_cost_shapes[2],
                                    *opt = &attndyn_cost_shapes[0];
    ck_assert_uint_eq(attndyn_cost_maps(llama) + 2 * attndyn_cost_logits(llama) + 65 * 4096,
                      UINT64_C(6738415616));
    /* a layer: four biases of the attention, one of each map of the MLP, two norms of two */
    const uint64_t layer = 4 * 768 + 3072 + 768 + 4 * 768;
    ck_assert_uint_eq(attndyn_cost_maps(opt) + attndyn_cost_logits(opt) + 2050 * 768 + 12 * layer +
                          2 * 768,
                      UINT64_C(125239296));
    /* keys and values of a token: 32 layers of 2 x 4096 numbers */
    ck_assert_uint_eq(attndyn_cost_cache_bytes(llama, 1), 4 * 32 * 2 * 4096);
}

TCASE(cache_cost) {
    tcase_add_tests(tcase, pairs_are_those_of_the_definition, shapes_are_the_published_ones);
}
