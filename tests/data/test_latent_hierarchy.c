/* sim/data/latent_hierarchy, tree_sequences: structured data whose law is known. */
#include "sim/base/random.h"
#include "sim/data/latent_hierarchy.h"
#include "sim/data/tree_sequences.h"
#include "tests/fixture.h"

#include <stdlib.h>
#include <string.h>

static struct attndyn_latent_hierarchy h;
static const size_t latents[] = {10, 20, 20}, pairs[] = {2, 2, 2}, triples[] = {3, 3, 3};

/* The tokens of a class, by following the subsets upwards from each token: another route than the
 * expansion. */
static bool reaches(size_t level, size_t latent, size_t token) {
    for (size_t i = 0; i < h.set[level]; i++) {
        uint32_t below = h.member[level][latent * h.set[level] + i];
        if (level == 0 ? below == token : reaches(level - 1, below, token)) return true;
    }
    return false;
}

TEST(subsets_and_sequences) {
    const size_t *set = _i % 2 ? triples : pairs;
    assert_ok(ctx,
              attndyn_latent_hierarchy_create(ctx, 100, 30, 3, latents, set, (uint64_t)_i, &h));
    for (size_t s = 0; s < 3; s++)
        for (size_t j = 0; j < latents[s]; j++) {
            const uint32_t *a = h.member[s] + j * set[s];
            for (size_t i = 0; i < set[s]; i++) {
                ck_assert_uint_lt(a[i], s ? latents[s - 1] : 99);
                if (i) ck_assert_uint_lt(a[i - 1], a[i]);
            }
            for (size_t k = 0; k < j; k++)
                ck_assert(memcmp(a, h.member[s] + k * set[s], set[s] * sizeof *a) != 0);
        }
    for (size_t c = 0; c < 20; c++) {
        const uint32_t *x = h.sequence + c * 30;
        size_t words = 0;
        for (size_t i = 0; i < 30; i++) {
            if (x[i] != 99) words++;
            if (i && x[i - 1] != 99) ck_assert_uint_lt(x[i - 1], x[i]); /* ascending, at the end */
        }
        ck_assert_uint_ne(x[29], 99);
        ck_assert_uint_eq(words, h.words[c]);
        ck_assert_uint_eq(h.target[c], c);
        for (uint32_t l = 0; l < 99; l++) {
            bool there = false;
            for (size_t i = 0; i < 30; i++) there |= x[i] == l;
            ck_assert_int_eq(there, reaches(2, c, l));
        }
        /* a latent of level 0 is active iff a latent of level 1 that is active has it, and so on */
        for (size_t s = 0; s < 2; s++)
            for (size_t j = 0; j < latents[s]; j++) {
                bool wanted = false;
                for (size_t k = 0; k < latents[s + 1]; k++)
                    for (size_t i = 0; i < set[s + 1]; i++)
                        wanted |= h.active[s + 1][c * latents[s + 1] + k] &&
                                  h.member[s + 1][k * set[s + 1] + i] == j;
                ck_assert_int_eq(h.active[s][c * latents[s] + j], wanted);
            }
    }
    /* the padding counted: the same multiset of tokens */
    for (size_t c = 0; c < 20; c++) {
        double padding = 0;
        for (size_t i = 0; i < h.columns; i++) {
            uint32_t x = h.shorter[c * h.columns + i];
            ck_assert_uint_eq(x, h.sequence[c * 30 + 30 - h.columns + i]);
            if (x == 99)
                padding += h.counts[c * h.columns + i];
            else
                ck_assert_double_eq(h.counts[c * h.columns + i], 1);
        }
        ck_assert_double_eq(padding, 30 - (double)h.words[c]);
    }
    ck_assert_uint_eq(h.used[2], 20);
    ck_assert_uint_le(h.used[0], 10);
}

/* The least loss where classes have the same tokens. */
TEST(classes_alike) {
    const size_t three[] = {2, 1}, two[] = {1, 2}, one[] = {1, 1};
    assert_ok(ctx, attndyn_latent_hierarchy_create(ctx, 6, 4, 2, three, two, 1, &h));
    assert_near(h.floor, 0, 0);
    /* 3 pairs of 3 tokens; 3 classes, the pairs of those: all three have all three tokens */
    const size_t all[] = {3, 3}, pair[] = {2, 2};
    assert_ok(ctx, attndyn_latent_hierarchy_create(ctx, 4, 4, 2, all, pair, 1, &h));
    assert_near(h.floor, log(3.0), 1e-15);
    assert_ok(ctx, attndyn_latent_hierarchy_create(ctx, 6, 4, 2, all, one, 1, &h));
    assert_near(h.floor, 0, 0);
}

TEST(draws_are_multinomial) {
    assert_ok(ctx, attndyn_latent_hierarchy_create(ctx, 100, 30, 3, latents, pairs, 1, &h));
    uint64_t state = 5;
    double weights[20], total[20] = {0}, square = 0;
    enum { BATCHES = 2000, N = 128 };
    for (size_t i = 0; i < BATCHES; i++) {
        struct attndyn_batch batch = attndyn_latent_hierarchy_draw(&h, N, &state, weights);
        double sum = 0;
        for (size_t c = 0; c < 20; c++) {
            sum += batch.weights[c];
            total[c] += batch.weights[c];
            square += (weights[c] - N / 20.0) * (weights[c] - N / 20.0);
        }
        ck_assert_double_eq(sum, N);
    }
    double chi2 = 0, expected = BATCHES * N / 20.0;
    for (size_t c = 0; c < 20; c++)
        chi2 += (total[c] - expected) * (total[c] - expected) / expected;
    assert_at_most(chi2, 43.8); /* 19 degrees of freedom, 0.1 % */
    /* variance n p (1 - p), not that of fixed or of proportional counts */
    assert_relative(square / (BATCHES * 20.0), N * 0.05 * 0.95, 0.05);
}

TEST(every_subset_is_equally_likely) {
    /* one pair out of 5 tokens, many seeds: 10 pairs */
    const size_t one[] = {1}, two[] = {2};
    size_t seen[5][5] = {{0}};
    enum { SEEDS = 10000 };
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t mark = attndyn_memory_mark(ctx);
        assert_ok(ctx, attndyn_latent_hierarchy_create(ctx, 6, 4, 1, one, two, seed, &h));
        seen[h.member[0][0]][h.member[0][1]]++;
        attndyn_memory_release(ctx, mark);
    }
    double chi2 = 0;
    for (size_t a = 0; a < 5; a++)
        for (size_t b = a + 1; b < 5; b++) {
            double off = (double)seen[a][b] - SEEDS / 10.0;
            chi2 += off * off / (SEEDS / 10.0);
        }
    assert_at_most(chi2, 27.9); /* 9 degrees of freedom, 0.1 % */
}

TEST(impossible_hierarchies) {
    const size_t many[] = {10, 46, 20}, few[] = {10, 45, 20};
    ck_assert_int_eq(attndyn_latent_hierarchy_create(ctx, 100, 30, 3, many, pairs, 1, &h),
                     ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "46 different sets of 2 out of 10"));
    assert_ok(ctx, attndyn_latent_hierarchy_create(ctx, 100, 30, 3, few, pairs, 1, &h));
    ck_assert_int_eq(attndyn_latent_hierarchy_create(ctx, 100, 4, 3, latents, pairs, 1, &h),
                     ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "more than the sequence's length 4"));
}

/* The target is any of the others on: E[share of height H among them], drawn one by one; m: the
 * query, 8: any. How many trees had one. */
static double shares_drawn(const struct attndyn_tree *tree, size_t m, double share[4]) {
    uint64_t state = 99;
    double trees = 0;
    for (size_t i = 0; i < 60000; i++) {
        bool on[15];
        size_t count = 0;
        for (size_t j = 0; j < 15; j++) {
            double u = (double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-53;
            on[j] = j == 0 ? u < 0.2 : on[(j - 1) / 2] != (u < 0.075);
            if (j >= 7) count += on[j];
        }
        if (count < 2 || (m < 8 && !on[7 + m])) continue;
        trees++;
        for (size_t a = 0; a < 8; a++)
            for (size_t c = 0; c < 8; c++)
                if (a != c && on[7 + a] && on[7 + c] && (m == 8 || m == a))
                    share[attndyn_tree_height(tree, a, c)] +=
                        1 / ((m == 8 ? (double)count : 1) * (double)(count - 1));
    }
    return trees;
}

/* What stands with the query against Theorem 5's formula; what is kept, and what is asked for. */
TEST(leaves_that_stand_together) {
    struct attndyn_tree tree;
    struct attndyn_tree_sequences s;
    enum { BATCHES = 60, N = 500 };
    const size_t fixed = 5, query = _i ? fixed : ATTNDYN_QUERY_ANY;
    const double keep = 0.7;
    double exact[4], context[4] = {0}, asked[4] = {0}, in_context = 0;
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 4, 2, 0.85, 0.6));
    assert_ok(ctx, attndyn_tree_sequences_create(ctx, &tree, query, keep, N, 3, &s));
    for (size_t i = 0; i < BATCHES; i++) {
        struct attndyn_batch b = attndyn_tree_sequences_draw(&s);
        ck_assert_uint_eq(b.length, 8);
        for (size_t k = 0; k < b.sequences; k++) {
            const uint32_t *x = b.tokens + k * 8, *y = b.targets + k * 8;
            size_t at = 0;
            while (y[at] == ATTNDYN_TARGET_NONE) at++;
            if (_i) ck_assert_uint_eq(x[at], fixed);
            ck_assert_uint_ne(x[at], y[at]);
            ck_assert_uint_lt(y[at], 8);
            asked[attndyn_tree_height(&tree, x[at], y[at])]++;
            for (size_t t = 0; t < 8; t++) {
                for (size_t u = 0; u < t && t <= at; u++) ck_assert_uint_ne(x[t], x[u]);
                ck_assert(t <= at ? x[t] < 8 : x[t] == 8);
                ck_assert(t == at || y[t] == ATTNDYN_TARGET_NONE);
                if (t < at) context[attndyn_tree_height(&tree, x[at], x[t])]++;
                if (t < at) in_context += x[t] == y[at];
            }
        }
    }
    const double sequences = BATCHES * N, other = (double)s.taken / (double)s.queried;
    attndyn_tree_cooccurrence_chain(&tree, exact);
    for (size_t height = 1; height < 4 && _i; height++) {
        double partners = (double)(1 << (height - 1)), p = exact[height] * keep / other;
        double frequency = context[height] / (sequences * partners);
        assert_near(frequency, p, 4 * sqrt(p / sequences)); /* leaves of a height go together */
    }
    ck_assert_double_eq(asked[0] + context[0], 0);
    assert_near(in_context / sequences, keep, 4 * sqrt(keep * (1 - keep) / sequences));
    double share[4] = {0};
    const double trees = shares_drawn(&tree, _i ? fixed : 8, share);
    for (size_t height = 1; height < 4; height++) {
        double p = asked[height] / sequences, q = share[height] / trees;
        assert_near(p, q, 4 * sqrt(q * (1 - q) * (1 / sequences + 1 / trees)));
    }
}

TEST(same_seed_same_sequences) {
    struct attndyn_tree tree;
    struct attndyn_tree_sequences a, b;
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 5, 2, 0.9, 0.9));
    assert_ok(ctx, attndyn_tree_sequences_create(ctx, &tree, 3, 0.5, 7, 3, &a));
    assert_ok(ctx, attndyn_tree_sequences_create(ctx, &tree, 3, 0.5, 7, 3, &b));
    for (size_t i = 0; i < 20; i++) {
        struct attndyn_batch x = attndyn_tree_sequences_draw(&a);
        struct attndyn_batch y = attndyn_tree_sequences_draw(&b);
        ck_assert_mem_eq(x.tokens, y.tokens, 7 * 16 * sizeof *x.tokens);
        ck_assert_mem_eq(x.targets, y.targets, 7 * 16 * sizeof *x.targets);
    }
    ck_assert_int_eq(attndyn_tree_sequences_create(ctx, &tree, 16, 0.5, 7, 3, &a), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_tree_sequences_create(ctx, &tree, 3, 0, 7, 3, &a), ATTNDYN_USAGE);
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 5, 2, 1, 1));
    ck_assert_int_eq(attndyn_tree_sequences_create(ctx, &tree, 3, 0.5, 7, 3, &a), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "hardly any tree has the query"));
}

TEST(heights) {
    struct attndyn_tree tree;
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 4, 3, 0.9, 0.9));
    for (size_t leaf = 0; leaf < tree.leaves; leaf++)
        for (size_t height = 0; height < 4; height++)
            ck_assert_uint_eq(
                attndyn_tree_height(&tree, leaf, attndyn_tree_partner(&tree, leaf, height)),
                height);
}

TCASE(latent_hierarchy) {
    tcase_set_timeout(tcase, 120);
    with_a_context(tcase);
    tcase_add_loop_test(tcase, subsets_and_sequences, 0, 12);
    tcase_add_tests(tcase, classes_alike, draws_are_multinomial, every_subset_is_equally_likely,
                    impossible_hierarchies);
    tcase_add_loop_test(tcase, leaves_that_stand_together, 0, 2);
    tcase_add_tests(tcase, same_seed_same_sequences, heights);
}
