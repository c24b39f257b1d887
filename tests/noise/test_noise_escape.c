/* Escape by noise: the step's gradient, its fluctuations, reproducible runs, and the drift. */
#include "sim/base/random.h"
#include "sim/model/noise/order_sgd.h"
#include "sim/model/position/order.h"
#include "tests/fixture.h"
#include "theory/noise/escape.h"

TEST(gradient) {
    static const unsigned near[] = {5, 1, 6, 2}, far[] = {2, 6, 0, 5};
    double Y[] = {.3, -.2, .5, .1}, p[] = {.4, -.3}, dY[4], dp[2], scrap[4], more[2], h = 1e-5;
    attndyn_order_sgd_gradient(12, 4, near, far, Y, p, dY, dp);
    for (int k = 0; k < 6; k++) {
        double *at = k < 4 ? &Y[k] : &p[k - 4], x = *at, up, down;
        *at = x + h, up = attndyn_order_sgd_gradient(12, 4, near, far, Y, p, scrap, more);
        *at = x - h, down = attndyn_order_sgd_gradient(12, 4, near, far, Y, p, scrap, more);
        *at = x;
        assert_near(k < 4 ? dY[k] : dp[k - 4], -(up - down) / (2 * h), 1e-9);
    }
}

/* m = 1: the drift is the order task's flow; counts at their means drift as it says. */
TEST(drift) {
    const struct attndyn_order_drift one = {.7, .3, 1};
    const struct attndyn_order model = {.7, .3, 1};
    struct attndyn_ode_problem a = attndyn_order_drift_problem(&one),
                               b = attndyn_order_problem(&model);
    const double at[][2] = {{0, .5}, {1, .2}, {3, 1.5}, {2, -1}};
    double da[2], db[2];
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(a.rhs(0, at[i], da, a.user), 0);
        ck_assert_int_eq(b.rhs(0, at[i], db, b.user), 0);
        assert_near(da[0], db[0], 1e-15);
        assert_near(da[1], db[1], 1e-15);
    }
    const struct attndyn_order_drift half = {.7, .3, .5};
    struct attndyn_ode_problem c = attndyn_order_drift_problem(&half);
    static const unsigned near[] = {6, 2}, far[] = {2, 6}; /* of 8: (1 + m)/2, (1 - m)/2 */
    double y = 1.3, X = .4, Y[] = {y / 2, -y / 2, -y / 2, y / 2}, p[] = {X / 2, -X / 2}, dY[4],
           dp[2];
    attndyn_order_sgd_gradient(16, 2, near, far, Y, p, dY, dp);
    ck_assert_int_eq(c.rhs(0, (double[]){y, X}, da, c.user), 0);
    assert_near(.7 * (dY[0] - dY[1] - dY[2] + dY[3]) / 2, da[0], 1e-14);
    assert_near(.3 * (dp[0] - dp[1]), da[1], 1e-14);
}

TEST(escape) {
    const struct attndyn_order_sgd_options options = {.1, .1, .6, 32, 8, .5, 100000};
    double steps, again, other, sum = 0, squares = 0;
    assert_ok(ctx, attndyn_order_sgd_escape(ctx, &options, 3, 0, &steps));
    assert_ok(ctx, attndyn_order_sgd_escape(ctx, &options, 3, 0, &again));
    assert_ok(ctx, attndyn_order_sgd_escape(ctx, &options, 3, 1, &other));
    ck_assert(steps == again && steps != other);
    int runs = 200;
    for (int r = 0; r < runs; r++) {
        assert_ok(ctx, attndyn_order_sgd_escape(ctx, &options, 1, (uint64_t)r, &steps));
        sum += steps / runs, squares += steps * steps / runs;
    }
    /* 162.3 +- 1.8 and 36.7 over 400 runs of a prototype */
    assert_near(sum, 162.3, 4 * 1.8 * 1.75);
    assert_near(sqrt(squares - sum * sum), 36.7, 8);
    double lambda = attndyn_escape_lambda(.1, .1, .6);
    assert_near(lambda, .03, 1e-15);
    assert_near(attndyn_escape_deviation(lambda), 37.02, .01);
    assert_near(attndyn_escape_start(.1, .1, .6, 32, 8), sqrt(.1 * .64 / (.6 * 256)), 1e-15);
    struct attndyn_order_sgd_options wrong = options;
    wrong.T = 31;
    ck_assert_int_eq(attndyn_order_sgd_escape(ctx, &wrong, 3, 0, &steps), ATTNDYN_USAGE);
    wrong = options, wrong.m = 0;
    ck_assert_int_eq(attndyn_order_sgd_escape(ctx, &wrong, 3, 0, &steps), ATTNDYN_USAGE);
    wrong = options, wrong.max_steps = 3;
    assert_ok(ctx, attndyn_order_sgd_escape(ctx, &wrong, 3, 0, &steps));
    ck_assert(isnan(steps));
}

TCASE(noise_escape) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, gradient, drift, escape);
}
