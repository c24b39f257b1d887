/* The sparsity looks' measures by hand and against the decompositions of sim/observe. */
#include "experiments/lm/shared/sparsity.h"
#include "sim/base/random.h"
#include "sim/observe/rank.h"
#include "tests/fixture.h"

/* Through the Gram matrix as through the singular values, whichever side is longer and in however
 * many blocks of rows. */
TEST(ranks_as_by_decomposition) {
    const size_t shapes[][2] = {{7, 5}, {5, 7}, {6, 6}, {2500, 3}, {3, 2500}, {1, 9}};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        size_t m = shapes[k][0], n = shapes[k][1];
        struct attndyn_random random;
        attndyn_real *a = ATTNDYN_NEW(ctx, attndyn_real, m * n);
        double *x = ATTNDYN_NEW(ctx, double, m *n), expected;
        struct ranks ranks;
        assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 3 + k));
        for (size_t i = 0; i < m * n; i++) {
            a[i] = (attndyn_real)(attndyn_random_normal(&random) + (double)(i % n));
            x[i] = (double)a[i];
        }
        attndyn_random_done(&random);
        assert_ok(ctx, sparsity_ranks(ctx, m, n, a, &ranks));
        assert_ok(ctx, attndyn_stable_rank(ctx, m, n, x, &expected));
        assert_relative(ranks.stable, expected, 1e-7);
        assert_ok(ctx, attndyn_effective_rank(ctx, m, n, x, &expected));
        assert_relative(ranks.effective, expected, 1e-6);
    }
    const attndyn_real diagonal[] = {3, 0, 0, -1}, zero[] = {0, 0, 0, 0};
    struct ranks ranks;
    assert_ok(ctx, sparsity_ranks(ctx, 2, 2, diagonal, &ranks));
    assert_relative(ranks.stable, 10. / 9, 1e-14);
    assert_relative(ranks.effective, exp(-0.75 * log(0.75) - 0.25 * log(0.25)), 1e-14);
    assert_ok(ctx, sparsity_ranks(ctx, 2, 2, zero, &ranks));
    ck_assert(isnan(ranks.stable) && isnan(ranks.effective));
}

TEST(uniform_attention) {
    enum { T = 12, STRIDE = 14 };
    attndyn_real a[T * STRIDE] = {0};
    double room[T], first = 0, second = 0;
    struct attention_sparsity s = {0};
    size_t queries = 0, maps = 0;
    for (int i = 0; i < T; i++)
        for (int j = 0; j <= i; j++) a[i * STRIDE + j] = (attndyn_real)(1. / (i + 1));
    sparsity_attention_add(T, 0, STRIDE, a, room, &s, &queries, &maps);
    ck_assert_uint_eq(queries, T - 3);
    ck_assert_uint_eq(maps, 1);
    for (int i = 0; i < T; i++) first += 1. / (i + 1);
    second = first - 1;
    assert_near(s.entropy / (T - 3), 1, 1e-6);
    assert_near(s.first / (T - 3), 1, 1e-6);
    assert_near(s.heavy, (first + second) / T, 1e-6); /* a tenth of 12 keys: two */
    assert_near(s.heavy, sparsity_heavy_uniform(T, 0), 1e-6);
}

TEST(attention_by_hand) {
    /* only queries 3 and 4 count, but heavy hitters include what earlier queries saw */
    attndyn_real b[25] = {0};
    b[0] = 1, b[6] = 1, b[12] = 1;                          /* the diagonal */
    b[15 + 1] = b[15 + 3] = (attndyn_real)0.5;              /* query 3: keys 1 and 3 */
    b[20] = (attndyn_real)0.08, b[23] = (attndyn_real)0.92; /* query 4: keys 0 and 3 */
    double room[5];
    struct attention_sparsity s = {0};
    size_t queries = 0, maps = 0;
    sparsity_attention_add(5, 0, 5, b, room, &s, &queries, &maps);
    double h = -(0.08 * log(0.08) + 0.92 * log(0.92));
    ck_assert_uint_eq(queries, 2);
    assert_near(s.entropy, log(2) / log(4) + h / log(5), 1e-6);
    assert_near(s.keys90, 2. / 4 + 1. / 5, 1e-12);
    assert_near(s.first, 0.08 * 5, 1e-6);
    assert_near(s.heavy, 1.5 / 5, 1e-6); /* key 1: 1 + 0.5 */
}

/* Uniform over a window is uniform: the keys beyond it are not seen. */
TEST(uniform_in_a_window) {
    enum { T = 12, WINDOW = 5 };
    attndyn_real a[T * T] = {0};
    double room[T], first = 0;
    struct attention_sparsity s = {0};
    size_t queries = 0, maps = 0;
    for (int i = 0; i < T; i++)
        for (int j = i < WINDOW ? 0 : i + 1 - WINDOW; j <= i; j++)
            a[i * T + j] = (attndyn_real)(1. / (i < WINDOW ? i + 1 : WINDOW));
    sparsity_attention_add(T, WINDOW, T, a, room, &s, &queries, &maps);
    for (int i = 0; i < WINDOW; i++) first += 1. / (i + 1);
    assert_near(s.entropy / (T - 3), 1, 1e-6);
    assert_near(s.first / (T - 3), 2. / (T - 3), 1e-6); /* queries 3 and 4 */
    assert_near(s.keys90 / (T - 3), 1, 1e-12);          /* four of four or five of five */
    assert_near(s.heavy, (first + first - 1 + 1. / WINDOW) / T, 1e-6);
    assert_near(s.heavy, sparsity_heavy_uniform(T, WINDOW), 1e-6);
    assert_near(sparsity_heavy_uniform(T, T), sparsity_heavy_uniform(T, 0), 0);
}

/* The last token of a sequence and the first of the next do not follow each other. */
TEST(overlap_within_sequences) {
    const attndyn_real h[] = {1, 0, 1, 0, 0, 1, 0, 1};
    double room[2];
    struct hidden_sparsity s;
    sparsity_hidden(2, 2, 2, 2, h, room, &s);
    assert_near(s.overlap, 1, 0);
    assert_near(s.overlap_chance, 0.25 / 0.75, 1e-14);
    sparsity_hidden(4, 1, 2, 2, h, room, &s);
    assert_near(s.overlap, 0, 0);
}

/* Where no unit is ever 0 the share is 1 to the last bit: the claim about fewer units asks. */
TEST(all_active) {
    enum { ROWS = 51, UNITS = 7 };
    attndyn_real h[ROWS * UNITS];
    double room[UNITS];
    struct hidden_sparsity s;
    for (int i = 0; i < ROWS * UNITS; i++) h[i] = 1;
    sparsity_hidden(3, ROWS / 3, UNITS, UNITS, h, room, &s);
    assert_near(s.active, 1, 0);
    assert_near(s.overlap, 1, 0);
}

TEST(hidden_by_hand) {
    const attndyn_real h[] = {0, -3, 0.5, 4, 9, 0, 0, 0, 2, 9, 0, 0, 0, 0, 9};
    double room[5]; /* four units, the fifth column is beyond them */
    struct hidden_sparsity s;
    sparsity_hidden(1, 3, 4, 5, h, room, &s);
    assert_near(s.active, (3. / 4 + 1. / 4 + 0) / 3, 1e-14);
    assert_near(s.units95, (2. / 4 + 1. / 4 + 0) / 3, 1e-14); /* 25 of 25.25 */
    double p = 0.75, q = 0.25;
    assert_near(s.overlap, (1. / 3 + 0) / 2, 1e-14);
    assert_near(s.overlap_chance, p * q / (p + q - p * q) / 2, 1e-14);
}

TCASE(lm_sparsity) {
    with_a_context(tcase);
    tcase_add_tests(tcase, ranks_as_by_decomposition, uniform_attention, attention_by_hand,
                    uniform_in_a_window, overlap_within_sequences, all_active, hidden_by_hand);
}
