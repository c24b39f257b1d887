/* theory/lowrank/bounds: the 2 x 2 counterexample's published table; limits of the bounds. */
#include "tests/support.h"
#include "theory/lowrank/bounds.h"

/* t, sr(G_t), printed bound, bound that holds, at eta = 1/2. */
static const double table[6][4] = {
    {0, 1.6049382716, 1.3, 2.1566511625},           {1, 1.5031910505, 1.2798553719, 1.8703645752},
    {2, 1.4339598856, 1.2678268646, 1.6886519268},  {5, 1.3258444611, 1.2537951803, 1.4238205531},
    {10, 1.2694866510, 1.2502880679, 1.2938347366}, {20, 1.2514432466, 1.2500016597, 1.2532285950},
};

TEST(counterexample_table) {
    const struct attndyn_stable_rank_split split = attndyn_stable_rank_counterexample_split(0.5);
    const double *row = table[_i];
    assert_near(attndyn_stable_rank_counterexample(0.5, row[0]), row[1], 5.1e-11);
    assert_near(attndyn_stable_rank_bound_printed(&split, row[0]), row[2], 5.1e-11);
    assert_near(attndyn_stable_rank_bound(&split, row[0]), row[3], 5.1e-11);
}

/* sr - sr_par and the two bounds' excess are of first, second and first order in q^t. */
TEST(orders_of_approach) {
    const struct attndyn_stable_rank_split split = attndyn_stable_rank_counterexample_split(0.5);
    const double limit = 1.25, decade = log(attndyn_stable_rank_decay(0.5, 0.9, 1.15));
#define ORDER(f) (log(((f(30)) - limit) / ((f(20)) - limit)) / (10 * decade))
#define SR(t) attndyn_stable_rank_counterexample(0.5, t)
#define PRINTED(t) attndyn_stable_rank_bound_printed(&split, t)
#define HOLDS(t) attndyn_stable_rank_bound(&split, t)
    assert_near(ORDER(SR), 1, 0.01);
    assert_near(ORDER(PRINTED), 2, 0.01);
    assert_near(ORDER(HOLDS), 1, 0.01);
}

/* While q^s ||G_perp|| exceeds ||G_par||_2 nothing can be said. */
TEST(bound_is_infinite_before_the_bracket_opens) {
    const struct attndyn_stable_rank_split split = {
        .par_frobenius = 1.5, .par_spectral = 1, .perp_frobenius = 4, .q = 0.5};
    ck_assert(isinf(attndyn_stable_rank_bound(&split, 0)));
    ck_assert(isinf(attndyn_stable_rank_bound(&split, 2)));
    assert_near(attndyn_stable_rank_bound(&split, 3), (2.25 + 0.25) / 0.25, 1e-14);
}

/* At the limit of the step size the slowest and the fastest mode decay equally; for a scalar G = A
 * - B(W) W the bound with varying A, B, C follows from dG/dW. */
TEST(projection_rates) {
    const double kappa = 0.3, fastest = 2.9;
    const double eta = attndyn_projection_step_limit(kappa, fastest);
    assert_near(attndyn_projection_rate(eta, kappa), fabs(1 - eta * fastest), 1e-15);
    const struct attndyn_projection_variation v = {
        .lipschitz_a = 0.1, .lipschitz_b = 0.25, .lipschitz_c = 0, .d = 1, .b_max = 3, .c_max = 1};
    assert_near(attndyn_projection_rate_varying(0.01, 0.75, &v), 1 - 0.01 * (0.75 - 0.35), 1e-15);
    assert_near(attndyn_projection_rate_printed(0.01, 0.75, &v), 1 - 0.01 * (0.75 - 0.1), 1e-15);
}

TCASE(lowrank_bounds) {
    tcase_add_loop_test(tcase, counterexample_table, 0, 6);
    tcase_add_tests(tcase, orders_of_approach, bound_is_infinite_before_the_bracket_opens,
                    projection_rates);
}
