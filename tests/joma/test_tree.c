/* The latent tree: formula, enumeration, transition matrices and drawn trees against each other. */
#include "sim/base/random.h"
#include "sim/data/tree.h"
#include "tests/fixture.h"
#include "theory/joma/hierarchy.h"

#include <string.h>

TEST(reference_values) {
    static const struct {
        size_t levels;
        double rho, rho0, p[3];
    } reference[] = {{3, 0.8, 0.3, {0.777227722772, 0.634653465347, NAN}},
                     {4, 0.9, 0.5, {0.85051140834, 0.729425649095, 0.631346184107}},
                     {4, 0.7, -0.4, {0.775765036933, 0.66588990503, 0.612051090397}}};
    for (size_t i = 0; i < 3; i++)
        for (size_t h = 1; h < reference[i].levels; h++)
            assert_near(attndyn_hierarchy_cooccurrence(reference[i].levels, h, reference[i].rho,
                                                       reference[i].rho0),
                        reference[i].p[h - 1], 6e-13);
    static const double deep[5] = {0.8528742183, 0.7337023351, 0.6371731097, 0.5589844372,
                                   0.4956516124};
    for (size_t h = 1; h < 6; h++)
        assert_near(attndyn_hierarchy_cooccurrence(6, h, 0.9, 0.6), deep[h - 1], 6e-11);
    assert_near(attndyn_hierarchy_cooccurrence(6, 0, 0.9, 0.6), 1, 0);
}

TEST(three_exact_routes) {
    static const struct {
        size_t levels, branching;
    } shape[] = {{1, 2}, {2, 5}, {3, 3}, {4, 2}, {3, 2}};
    static const double rates[][2] = {{0.8, 0.3}, {0.9, 0.5}, {0.7, -0.4}, {-0.6, 0.2},
                                      {0, 0},     {1, 0.5},   {-1, 0.3},   {0.99, 0.99}};
    for (size_t s = 0; s < 5; s++)
        for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
            struct attndyn_tree tree;
            double enumerated[4], chain[4];
            assert_ok(ctx, attndyn_tree_init(ctx, &tree, shape[s].levels, shape[s].branching,
                                             rates[i][0], rates[i][1]));
            assert_ok(ctx, attndyn_tree_cooccurrence_enumerated(ctx, &tree, enumerated));
            attndyn_tree_cooccurrence_chain(&tree, chain);
            for (size_t h = 0; h < shape[s].levels; h++) {
                double formula =
                    attndyn_hierarchy_cooccurrence(shape[s].levels, h, rates[i][0], rates[i][1]);
                assert_near(formula, enumerated[h], 1e-14);
                assert_near(formula, chain[h], 1e-14);
            }
        }
}

/* Next to rho = 1 the formula keeps its digits: against the limit and its first correction. */
TEST(limits) {
    for (size_t h = 0; h < 10; h++) {
        for (double c = 0; c < 3; c += 0.5) {
            double e = 0x1p-40; /* 1 - e and 1 - c e are exact */
            assert_near(attndyn_hierarchy_cooccurrence(10, h, 1 - e, 1 - c * e),
                        attndyn_hierarchy_limit(10, h, c), 1e-10);
        }
        double kappa = 1e-4;
        assert_near(attndyn_hierarchy_cooccurrence(10, h, exp(-kappa), exp(-kappa)),
                    attndyn_hierarchy_expansion(10, h, kappa), 2e-7);
    }
    ck_assert(isnan(attndyn_hierarchy_cooccurrence(5, 1, 1, 1)));
}

TEST(partners) {
    struct attndyn_tree tree;
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 4, 3, 0.5, 0.5));
    ck_assert_uint_eq(tree.leaves, 27);
    ck_assert_uint_eq(tree.nodes, 40);
    for (size_t h = 0; h < 4; h++) {
        bool taken[27] = {false};
        for (size_t m = 0; m < 27; m++) {
            size_t l = attndyn_tree_partner(&tree, m, h), a = l, b = m, height = 0;
            for (; a != b; height++) a /= 3, b /= 3;
            ck_assert_uint_eq(height, h);
            ck_assert(!taken[l]);
            taken[l] = true;
        }
    }
}

/* Frequencies of root and of flips, and independence of the lanes' neighbours. */
TEST(drawn_frequencies) {
    struct attndyn_tree tree;
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 3, 2, 0.7, -0.4));
    uint64_t word[7], state = 12, root = 0, flips = 0, neighbours = 0;
    const int count = 4000;
    for (int i = 0; i < count; i++) {
        attndyn_tree_sample(&tree, &state, word);
        root += (uint64_t)__builtin_popcountll(word[0]);
        neighbours += (uint64_t)__builtin_popcountll(word[0] & (word[0] >> 1));
        for (int k = 1; k < 7; k++)
            flips += (uint64_t)__builtin_popcountll(word[k] ^ word[(k - 1) / 2]);
    }
    double n = 64.0 * count;
    assert_near((double)root / n, 0.7, 4.5 * sqrt(0.21 / n));
    assert_near((double)flips / n / 6, 0.15, 4.5 * sqrt(0.1275 / n / 6));
    assert_near((double)neighbours / (63.0 * count), 0.49, 4.5 * sqrt(1.0 / n));
}

TEST(drawn_cooccurrence) {
    struct attndyn_tree tree;
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 6, 2, 0.9, 0.6));
    double p[6], error[6], again[6], other[6];
    assert_ok(ctx, attndyn_tree_cooccurrence_sampled(ctx, &tree, 200000, 3, p, error));
    attndyn_threads_allow(ctx, 3);
    assert_ok(ctx, attndyn_tree_cooccurrence_sampled(ctx, &tree, 200000, 3, again, other));
    ck_assert_int_eq(memcmp(p, again, sizeof p), 0);
    ck_assert_int_eq(memcmp(error, other, sizeof p), 0);
    for (size_t h = 1; h < 6; h++) {
        assert_at_most(fabs(p[h] - attndyn_hierarchy_cooccurrence(6, h, 0.9, 0.6)) / error[h], 4);
        assert_at_most(error[h], 2e-3);
        assert_at_most(1e-4, error[h]);
    }
    ck_assert_int_eq(attndyn_tree_init(ctx, &tree, 60, 2, 0.9, 0.6), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_tree_init(ctx, &tree, 6, 2, 1.1, 0.6), ATTNDYN_USAGE);
    assert_ok(ctx, attndyn_tree_init(ctx, &tree, 6, 2, 1, 1));
    ck_assert_int_eq(attndyn_tree_cooccurrence_sampled(ctx, &tree, 200000, 3, p, error),
                     ATTNDYN_RUN_FAILED);
    ck_assert_int_eq(attndyn_tree_cooccurrence_sampled(ctx, &tree, 64, 3, p, error), ATTNDYN_USAGE);
}

TCASE(tree) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, reference_values, three_exact_routes, limits, partners,
                    drawn_frequencies, drawn_cooccurrence);
}
