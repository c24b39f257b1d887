/* The attention sink and the frequencies of modular addition. */
#include "sim/model/rivals/frequencies.h"
#include "sim/model/rivals/sink.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"
#include "theory/rivals/frequencies.h"
#include "theory/rivals/sink.h"

TEST(sink_gradient) {
    const struct attndyn_sink model = {.7, 1.3, 2};
    struct attndyn_ode_problem problem = attndyn_sink_problem(&model);
    const double at[][2] = {{0, 0}, {1, .5}, {-2, 3}, {4, -1}};
    for (int i = 0; i < 4; i++) {
        double y[2] = {at[i][0], at[i][1]}, dy[2], h = 1e-5;
        ck_assert_int_eq(problem.rhs(0, y, dy, problem.user), 0);
        for (int k = 0; k < 2; k++) {
            double x = y[k], up, down;
            y[k] = x + h, up = attndyn_sink_loss(&model, y);
            y[k] = x - h, down = attndyn_sink_loss(&model, y);
            y[k] = x;
            assert_near(dy[k], -(k ? 1.3 : .7) * (up - down) / (2 * h), 1e-9);
        }
    }
    const struct attndyn_sink wrong = {0, 1, 1};
    ck_assert_int_eq(attndyn_sink_check(ctx, &wrong), ATTNDYN_USAGE);
    assert_ok(ctx, attndyn_sink_check(ctx, &model));
}

TEST(sink_closed) {
    const struct attndyn_sink model = {.7, 1.3, 2};
    struct attndyn_ode_problem problem = attndyn_sink_problem(&model);
    double y[2] = {0, 0}, from = 0;
    for (double t = 1e-3; t < 1e13; t *= 100) {
        flow_on(ctx, &problem, ATTNDYN_ODE_BDF_DENSE, 1e-12, 1e-14, from, t, y);
        from = t;
        assert_near(y[0], attndyn_sink_logit(1.4 * t), 1e-9);
        assert_relative(attndyn_sink_integral(y[0]) - attndyn_sink_integral(0), 1.4 * t, 1e-8);
    }
    assert_near(y[0], attndyn_sink_late(1.4 * from), 1e-5);
    ck_assert(attndyn_sink_logit(0) == 0);
}

TEST(frequency_gradient) {
    struct attndyn_frequencies *model;
    double w[14], g[14], h = 1e-5, a[3], b[3];
    uint64_t seed = 6;
    assert_ok(ctx, attndyn_frequencies_create(ctx, 7, &model));
    for (int i = 0; i < 14; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        w[i] = (double)(seed >> 11) / 9007199254740992. - .5;
    }
    attndyn_frequencies_gradient(model, w, g);
    for (int i = 0; i < 14; i++) {
        double at = w[i], up, down;
        w[i] = at + h, up = attndyn_frequencies_energy(model, w);
        w[i] = at - h, down = attndyn_frequencies_energy(model, w);
        w[i] = at;
        assert_near(g[i], (up - down) / (2 * h), 1e-8);
    }
    /* By all p^2 inputs: half the squared covariance of (w1_x + w2_y)^2 with the answers. */
    double by_answer[7] = {0}, mean = 0, brute = 0;
    for (size_t x = 0; x < 7; x++)
        for (size_t y = 0; y < 7; y++) by_answer[(x + y) % 7] += pow(w[x] + w[7 + y], 2);
    for (int c = 0; c < 7; c++) mean += by_answer[c] / 7;
    for (int c = 0; c < 7; c++) brute += pow(by_answer[c] - mean, 2) / 2;
    assert_near(attndyn_frequencies_energy(model, w), brute, 1e-13);
    attndyn_frequencies_power(7, w, a);
    attndyn_frequencies_power(7, w + 7, b);
    assert_near(attndyn_frequency_energy(7, a, b), brute, 1e-13);
    ck_assert_int_eq(attndyn_frequencies_create(ctx, 2, &model), ATTNDYN_USAGE);
}

/* The flow of one node: a - b is conserved for every frequency, the winner is that of the largest
 * logarithmic mean, at its time. */
TEST(frequency_winner) {
    enum { P = 11, F = 5 };
    struct attndyn_frequencies *model;
    double w[2 * P + 1] = {0}, a0[F], b0[F], a[F], b[F];
    uint64_t seed = 40 + (uint64_t)_i;
    assert_ok(ctx, attndyn_frequencies_create(ctx, P, &model));
    for (int i = 0; i < 2 * P; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        w[i] = .1 * ((double)(seed >> 11) / 9007199254740992. - .5);
    }
    attndyn_frequencies_power(P, w, a0), attndyn_frequencies_power(P, w + P, b0);
    double s = 100;
    flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-11, 1e-14, 0, s, w);
    attndyn_frequencies_power(P, w, a), attndyn_frequencies_power(P, w + P, b);
    size_t winner = 0, expected = attndyn_frequency_winner(F, a0, b0);
    for (size_t k = 0; k < F; k++)
        if (a[k] * b[k] > a[winner] * b[winner]) winner = k;
    ck_assert_uint_eq(winner, expected);
    for (size_t k = 0; k < F; k++)
        if (k != winner) assert_near(a[k] - b[k], a0[k] - b0[k], 1e-10);
    assert_near(w[2 * P] + attndyn_frequency_time(a[winner], b[winner]),
                attndyn_frequency_time(a0[winner], b0[winner]),
                1e-8 * attndyn_frequency_time(a0[winner], b0[winner]));
    assert_relative(attndyn_frequency_mean(2, 1), 1 / log(2), 1e-15);
    assert_relative(attndyn_frequency_mean(1 + 1e-10, 1), 1, 1e-9);
    ck_assert(attndyn_frequency_mean(0, 1) == 0);
}

TCASE(rivals) {
    with_a_context(tcase);
    tcase_add_tests(tcase, sink_gradient, sink_closed, frequency_gradient);
    tcase_add_loop_test(tcase, frequency_winner, 0, 8);
}
