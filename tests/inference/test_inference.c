/* Inference against the training engine, against the masked route, and against itself: for every
 * way to cut the tokens, every storage of weights, and any number of threads. */
#include "runs.h"
#include "sim/base/random.h"
#include "tests/fixture.h"

#include <string.h>

enum { LENGTH = 48 };

typedef double *logits_fn(struct attndyn_context *, const struct attndyn_transformer_config *,
                          uint64_t, const struct run *, const uint32_t *, size_t);

static void draw(uint64_t seed, uint32_t *tokens) {
    for (size_t i = 0; i < LENGTH; i++)
        tokens[i] = (uint32_t)(attndyn_splitmix_next(&seed) % VOCABULARY);
}

/* |a - b| <= tolerance (1 + the largest |b|). */
static void near(const char *what, size_t count, const double *a, const double *b,
                 double tolerance) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        double off = fabs(a[i] - b[i]);
        if (!(off <= worst)) worst = off;
        largest = fmax(largest, fabs(b[i]));
    }
    ck_assert_msg(worst <= tolerance * (1 + largest) && largest > 0.1,
                  "%s: off by %.3g, the largest is %.3g", what, worst, largest);
}

TEST(dense_is_the_engine) {
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH];
    draw(1, tokens);
    network_config(ctx, _i, &c);
    double *single = engine_single(ctx, &c, 7, tokens, LENGTH);
    double *twice = engine_double(ctx, &c, 7, tokens, LENGTH);
    for (int way = AT_ONCE; way <= MASKED; way++) {
        struct run run = {.way = (enum way)way};
        near(network_names[_i], LENGTH * VOCABULARY,
             logits_single(ctx, &c, 7, &run, tokens, LENGTH), single, 1e-5);
        near(network_names[_i], LENGTH * VOCABULARY,
             logits_double(ctx, &c, 7, &run, tokens, LENGTH), twice, 1e-13);
    }
}

static const struct attndyn_cache caches[] = {
    {.policy = ATTNDYN_CACHE_WINDOW, .slots = 11},
    {.policy = ATTNDYN_CACHE_WINDOW, .slots = 1},
    {.policy = ATTNDYN_CACHE_STREAMING, .slots = 11, .sinks = 3},
    {.policy = ATTNDYN_CACHE_STREAMING, .slots = 4, .sinks = 3},
    {.policy = ATTNDYN_CACHE_H2O, .heavy = 6, .recent = 5, .sinks = 2}, /* which it has not */
    {.policy = ATTNDYN_CACHE_H2O, .heavy = 9, .recent = 1},
    {.policy = ATTNDYN_CACHE_RANDOM, .slots = 11, .recent = 4, .seed = 5},
    {.policy = ATTNDYN_CACHE_LEAST, .slots = 11, .heavy = 4},
    {.policy = ATTNDYN_CACHE_TOVA, .slots = 11},
    {.policy = ATTNDYN_CACHE_KEYNORM, .slots = 11, .recent = 3},
    {.policy = ATTNDYN_CACHE_MEAN, .heavy = 6, .recent = 5}};
enum { CACHES = sizeof caches / sizeof *caches };

TEST(a_slot_list_is_the_masked_pass) {
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH];
    draw(2, tokens);
    network_config(ctx, _i / CACHES, &c);
    for (int p = 0; p < 2; p++) {
        struct run run = {.way = MASKED, .cache = caches[_i % CACHES]};
        run.cache.positions = p ? ATTNDYN_CACHE_ORIGINAL : ATTNDYN_CACHE_RANKS;
        double *one = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
        double *two = logits_double(ctx, &c, 7, &run, tokens, LENGTH);
        for (int way = AT_ONCE; way < MASKED; way++) {
            run.way = (enum way)way;
            near(network_names[_i / CACHES], LENGTH * VOCABULARY,
                 logits_single(ctx, &c, 7, &run, tokens, LENGTH), one, 1e-5);
            near(network_names[_i / CACHES], LENGTH * VOCABULARY,
                 logits_double(ctx, &c, 7, &run, tokens, LENGTH), two, 1e-12);
        }
    }
}

TEST(nothing_leaves_is_dense_bit_for_bit) {
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH];
    draw(3, tokens);
    network_config(ctx, _i, &c);
    for (int way = AT_ONCE; way <= MASKED; way++) {
        struct run run = {.way = (enum way)way};
        double *dense = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
        for (size_t k = 0; k < CACHES; k++)
            for (int p = 0; p < 2; p++) {
                run.cache = caches[k];
                run.cache.slots = LENGTH, run.cache.heavy = 0;
                if (run.cache.recent == 0) run.cache.recent = 1;
                run.cache.positions = p ? ATTNDYN_CACHE_ORIGINAL : ATTNDYN_CACHE_RANKS;
                double *all = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
                ck_assert_msg(memcmp(all, dense, LENGTH * VOCABULARY * sizeof *all) == 0,
                              "%s, way %d: %s of %d slots is not dense", network_names[_i], way,
                              attndyn_cache_policy_name(caches[k].policy), LENGTH);
            }
    }
}

TEST(the_past_does_not_see_the_future) {
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH], other[LENGTH];
    const size_t past = 30;
    draw(4, tokens);
    draw(5, other);
    memcpy(other, tokens, past * sizeof *other);
    network_config(ctx, _i, &c);
    for (size_t k = 0; k < 1 + CACHES; k++)
        for (int way = AT_ONCE; way <= MASKED; way++) {
            struct run run = {.way = (enum way)way};
            if (k > 0) run.cache = caches[k - 1];
            double *a = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
            double *b = logits_single(ctx, &c, 7, &run, other, LENGTH);
            ck_assert_mem_eq(a, b, past * VOCABULARY * sizeof *a);
            ck_assert(memcmp(a, b, LENGTH * VOCABULARY * sizeof *a) != 0);
        }
}

/* Wide enough for the threads to be used. */
TEST(threads_change_no_bit) {
    static const struct attndyn_cache kinds[] = {
        {0},
        {.policy = ATTNDYN_CACHE_STREAMING, .slots = 16, .sinks = 4},
        {.policy = ATTNDYN_CACHE_H2O, .heavy = 8, .recent = 8}};
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH];
    draw(6, tokens);
    network_config(ctx, _i, &c);
    c.width = 400, c.hidden = 700, c.head_width = 96, c.layers = 1;
    c.layer_map = c.layer_windows = NULL;
    if (c.embedding_width) c.embedding_width = 300;
    for (size_t k = 0; k < 3; k++)
        for (int way = AT_ONCE; way <= MASKED; way++) {
            struct run run = {.way = (enum way)way, .cache = kinds[k], .threads = 1};
            double *one = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
            for (run.threads = 2; run.threads < 4; run.threads++) {
                double *more = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
                ck_assert_mem_eq(one, more, LENGTH * VOCABULARY * sizeof *one);
            }
            attndyn_threads_allow(ctx, 1);
        }
}

TEST(streams_do_not_meet) {
    struct attndyn_transformer_config c;
    uint32_t first[LENGTH], second[LENGTH];
    draw(8, first);
    draw(9, second);
    network_config(ctx, _i, &c);
    for (size_t k = 0; k < 1 + CACHES; k++) {
        struct run run = {.way = ONE_BY_ONE};
        if (k > 0) run.cache = caches[k - 1];
        if (run.cache.policy == ATTNDYN_CACHE_RANDOM) continue; /* every stream has its own draws */
        double *both = two_streams_single(ctx, &c, 7, &run, first, second, LENGTH);
        double *a = logits_single(ctx, &c, 7, &run, first, LENGTH);
        double *b = logits_single(ctx, &c, 7, &run, second, LENGTH);
        ck_assert_mem_eq(both, a, LENGTH * VOCABULARY * sizeof *a);
        ck_assert_mem_eq(both + LENGTH * VOCABULARY, b, LENGTH * VOCABULARY * sizeof *b);
    }
}

/* Halves as stored against the same numbers widened beforehand: decoding gives the same bits. */
TEST(stored_kinds_are_their_numbers) {
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH];
    draw(10, tokens);
    network_config(ctx, _i, &c);
    static const enum storage pairs[][2] = {
        {BRAIN, WIDENED_BRAIN}, {HALF, WIDENED_HALF}, {GROUPED, PLAIN}, {TRANSPOSED, PLAIN}};
    for (size_t k = 0; k < 4; k++)
        for (int way = AT_ONCE; way <= ONE_BY_ONE; way++) {
            struct run run = {.way = (enum way)way, .storage = pairs[k][0]},
                       plain = {.way = (enum way)way, .storage = pairs[k][1]};
            double *a = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
            double *b = logits_single(ctx, &c, 7, &plain, tokens, LENGTH);
            near("storage", LENGTH * VOCABULARY, a, b, 1e-5);
            if (way == ONE_BY_ONE && k < 3) ck_assert_mem_eq(a, b, LENGTH * VOCABULARY * sizeof *a);
            near("storage in double", LENGTH * VOCABULARY,
                 logits_double(ctx, &c, 7, &run, tokens, LENGTH),
                 logits_double(ctx, &c, 7, &plain, tokens, LENGTH), 1e-12);
        }
}

/* Rounding a weight to a 127th of its row's largest costs some thousandths of the sum. */
TEST(bytes_are_near) {
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH];
    draw(11, tokens);
    network_config(ctx, 0, &c);
    c.width = 64, c.hidden = 172, c.head_width = 16;
    struct run run = {.way = ONE_BY_ONE}, prefill = {.way = AT_ONCE, .bytes = true};
    double *exact = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
    run.bytes = true;
    double *bytes = logits_single(ctx, &c, 7, &run, tokens, LENGTH);
    near("bytes, decoded and in a block", LENGTH * VOCABULARY, bytes,
         logits_single(ctx, &c, 7, &prefill, tokens, LENGTH), 1e-5);
    double off = 0, size = 0;
    for (size_t i = 0; i < LENGTH * VOCABULARY; i++) {
        off += pow(bytes[i] - exact[i], 2);
        size += exact[i] * exact[i];
    }
    assert_at_most(sqrt(off / size), 0.03);
    ck_assert_msg(off > 1e-8 * size, "bytes have the bits of floats");
}

/* exp(s)/(1 + sum exp(s)): ordinary softmax with one more key and value, of zeros. */
TEST(off_by_one_is_a_zero_key_and_value) {
    struct attndyn_transformer_config c;
    uint32_t tokens[LENGTH];
    draw(12, tokens);
    network_config(ctx, 8, &c);
    c.position = ATTNDYN_POSITION_NONE;
    for (int way = AT_ONCE; way <= IN_CUTS; way++) {
        struct run run = {.way = (enum way)way};
        double *one = logits_double(ctx, &c, 7, &run, tokens, LENGTH);
        c.attention = ATTNDYN_ATTENTION_SOFTMAX;
        double *without = logits_double(ctx, &c, 7, &run, tokens, LENGTH);
        run.zero_slot = true;
        double *zero = logits_double(ctx, &c, 7, &run, tokens, LENGTH);
        c.attention = ATTNDYN_ATTENTION_OFF_BY_ONE;
        near("off by one", LENGTH * VOCABULARY, zero, one, 1e-13);
        double apart = 0;
        for (size_t i = 0; i < LENGTH * VOCABULARY; i++)
            apart = fmax(apart, fabs(without[i] - one[i]));
        ck_assert_msg(apart > 1e-2, "the zero key is not seen");
    }
}

TCASE(inference) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, dense_is_the_engine, 0, NETWORKS);
    tcase_add_loop_test(tcase, a_slot_list_is_the_masked_pass, 0, NETWORKS * CACHES);
    tcase_add_loop_test(tcase, nothing_leaves_is_dense_bit_for_bit, 0, NETWORKS);
    tcase_add_loop_test(tcase, the_past_does_not_see_the_future, 0, NETWORKS);
    tcase_add_loop_test(tcase, threads_change_no_bit, 0, NETWORKS);
    tcase_add_loop_test(tcase, streams_do_not_meet, 0, NETWORKS);
    tcase_add_loop_test(tcase, stored_kinds_are_their_numbers, 0, NETWORKS);
    tcase_add_tests(tcase, bytes_are_near, off_by_one_is_a_zero_key_and_value);
}
