/* The order task: gradient, first integral, the plateau's length by flow and by quadrature. */
#include "sim/model/position/order.h"
#include "tests/fixture.h"
#include "theory/position/order.h"

static double t_half(double eta_y, double eta_p, double X0, double *y) {
    const struct attndyn_order model = {eta_y, eta_p, X0};
    struct attndyn_ode_options options = attndyn_order_defaults(&model);
    double t;
    assert_ok(ctx, attndyn_order_half(ctx, &model, &options, &t, y, NULL));
    return t;
}

/* The loss of both classes, straight from bags and decoder. Y = (y/2) (1, -1; -1, 1) maps the bag
 * (A, B) to the logits. */
static double loss(double y, double X) {
    double bag[2] = {1 / (1 + exp(-X)), 1 / (1 + exp(X))}, norm = hypot(bag[0], bag[1]), sum = 0;
    for (int n = 0; n < 2; n++) {
        double A = bag[n] / norm, B = bag[1 - n] / norm;
        double logits[2] = {y / 2 * (A - B), y / 2 * (B - A)};
        sum += 0.5 * (log(exp(logits[0]) + exp(logits[1])) - logits[n]);
    }
    return sum;
}

/* dX/dt = d(p_1 - p_2)/dt = -2 eta_p dLoss/dX. Y has four entries of rate eta_y, two of y/2 and two
 * of -y/2: y = (Y_A1 - Y_A2 - Y_B1 + Y_B2)/2 moves at eta_y times -dLoss/dy. */
TEST(gradient) {
    const struct attndyn_order model = {0.7, 1.9, 0.1};
    struct attndyn_ode_problem problem = attndyn_order_problem(&model);
    const double states[][2] = {{0.5, 0.3}, {2, 1.5}, {-1, 0.7}, {3, -2}, {0, 1}};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        double y = states[i][0], X = states[i][1], dy[2], h = 1e-5;
        ck_assert_int_eq(problem.rhs(0, states[i], dy, problem.user), 0);
        assert_near(dy[0], -0.7 * (loss(y + h, X) - loss(y - h, X)) / (2 * h), 1e-9);
        assert_near(dy[1], -2 * 1.9 * (loss(y, X + h) - loss(y, X - h)) / (2 * h), 1e-9);
        struct attndyn_order_seen seen;
        attndyn_order_see(states[i], &seen);
        assert_near(seen.loss, loss(y, X), 1e-15);
    }
}

/* eta_y, eta_p, eps, pi_far. */
static const double cases[][4] = {{1, .1, 1e-4, .5},      {1, 1, 1e-8, .5},  {1, 10, 1e-4, .5},
                                  {2, .5, 0, .45},        {2, .5, 0, .3},    {2, .5, -.5, .3},
                                  {1, 1e-8, .01, .5},     {1, 1e8, .01, .5}, {1, 1, 0, 1e-6},
                                  {1e-6, 1e4, -1e-5, .5}, {1, 1e-3, 20, .5}, {10, 1, 1e-12, .49},
                                  {1, 0, 0, .3},          {3, 2, 1e-100, .5}};

TEST(flow_meets_quadrature) {
    const double *c = cases[_i];
    double X0 = attndyn_order_X(c[2], c[3]), y[ATTNDYN_ORDER_STATES];
    double t = t_half(c[0], c[1], X0, y);
    assert_relative(t, attndyn_order_t_half(c[0], c[1], X0), 1e-11);
    struct attndyn_order_seen seen;
    attndyn_order_see(y, &seen);
    assert_near(seen.loss, log(2) / 2, 1e-12);
    if (c[1] > 0) {
        double start = attndyn_order_invariant(c[0], c[1], 0, X0);
        double scale = y[0] * y[0] / c[0] + fabs(start);
        assert_near(attndyn_order_invariant(c[0], c[1], y[0], y[1]), start, 1e-11 * scale);
        assert_relative(attndyn_order_orbit(c[0], c[1], X0, y[0]), fabs(y[1]), 1e-9);
    }
}

TEST(reference_values) {
    assert_near(t_half(2, .5, attndyn_order_X(0, .45), NULL), 5.813472, 5e-7);
    assert_near(t_half(2, .5, attndyn_order_X(0, .3), NULL), 2.956890, 5e-7);
    assert_near(attndyn_order_constant(.1), .917521277, 1e-8);
    assert_near(attndyn_order_constant(1), 2.057005270, 1e-8);
    assert_near(attndyn_order_constant(10), 4.675689309, 1e-8);
    /* The prototype's last digits are uncertain, so the flow itself is the reference: eps =
     * 1e-8. */
    for (int i = -1; i <= 1; i++) {
        double ratio = pow(10, i), t = t_half(1, ratio, 1e-8, NULL);
        assert_near(attndyn_order_lambda(1, ratio) * t - log(1e8), attndyn_order_constant(ratio),
                    1e-11);
    }
    /* Left and right are alike, and only the sum eps + ln(pi_near/pi_far) counts. */
    assert_relative(t_half(2, .5, attndyn_order_X(0, .7), NULL),
                    t_half(2, .5, attndyn_order_X(log(.7 / .3), .5), NULL), 1e-12);
    assert_near(attndyn_order_X(.25, .3), .25 + log(.7 / .3), 1e-15);
}

/* Without positions (X = 0) the loss is ln 2 for ever. */
TEST(saddle) {
    double y[ATTNDYN_ORDER_STATES];
    ck_assert(isinf(t_half(1, 1, 0, y)) && y[0] == 0 && y[1] == 0);
    ck_assert(isinf(attndyn_order_t_half(1, 1, 0)));
    struct attndyn_order_seen seen;
    attndyn_order_see((double[]){3, 0}, &seen);
    assert_near(seen.loss, log(2), 1e-16);
    const struct attndyn_order wrong[] = {{0, 1, 1}, {1, -1, 1}, {1, 1, NAN}, {1, 1, 1e4}};
    struct attndyn_ode_options options = attndyn_order_defaults(&wrong[3]);
    double t;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(attndyn_order_half(ctx, &wrong[i], &options, &t, NULL, NULL),
                         ATTNDYN_USAGE);
}

TCASE(position_order) {
    with_a_context(tcase);
    tcase_add_test(tcase, gradient);
    tcase_add_each(tcase, flow_meets_quadrature, cases);
    tcase_add_tests(tcase, reference_values, saddle);
}
