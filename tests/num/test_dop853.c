/* The order-8 method: its table, its order, the order of its continuous extension. */
#include "sim/num/ode.h"
#include "sim/num/ode_dop853_table_private.h"
#include "sim/num/stats.h"
#include "tests/fixture.h"

/* Row sums are the nodes; the weights integrate t^q exactly for q < 8 (quadrature conditions);
 * the error estimates vanish on a constant slope. */
TEST(table_conditions) {
    for (int i = 0; i < ALL_STAGES; i++) {
        double sum = 0;
        for (int j = 0; j < i; j++) sum += a[i][j];
        assert_near(sum, node[i], 2e-14);
    }
    for (int q = 0; q < 8; q++) {
        double sum = 0;
        for (int j = 0; j < STAGES; j++) sum += a[STAGES][j] * pow(node[j], q);
        assert_near(sum, 1. / (q + 1), 1e-14);
    }
    double five = 0, three = 0;
    for (int j = 0; j <= STAGES; j++) {
        five += error_5[j];
        three += error_3[j];
    }
    assert_near(five, 0, 1e-14);
    assert_near(three, 0, 1e-14);
    for (int d = 0; d < EXTENSION; d++) ck_assert(dense[d][0] != 0);
}

static int oscillator(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)user;
    dydt[0] = y[1];
    dydt[1] = -y[0];
    return 0;
}

static double error_at(double t, const double *y) {
    return hypot(y[0] - cos(t), y[1] + sin(t));
}

struct seen {
    double error[2];
};

static enum attndyn_status see(void *user, size_t index, double t, const double *y) {
    ((struct seen *)user)->error[index] = error_at(t, y);
    return ATTNDYN_OK;
}

/* Steps of exactly h: a tolerance that never rejects. */
static struct seen with_steps(double h, double t_end, double inside) {
    struct attndyn_ode_problem p = {.n = 2, .rhs = oscillator};
    struct attndyn_ode_options o = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    o.rtol = 0.5, o.atol = 1e6;
    o.first_step = o.max_step = h;
    struct seen s;
    struct attndyn_ode_observer observer = {.output = see, .user = &s};
    struct attndyn_ode_statistics st;
    double y[2] = {1, 0}, times[2] = {inside, t_end};
    assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, times, 2, &observer, &st));
    assert_near((double)st.steps, t_end / h, 0.5);
    return s;
}

TEST(orders) {
    double h[5], global[5], local[5], extension[5];
    for (int i = 0; i < 5; i++) {
        h[i] = 20. / (20 + 4 * i);
        global[i] = with_steps(h[i], 20, 19.9).error[1];
        struct seen one = with_steps(h[i], h[i], 0.37 * h[i]);
        extension[i] = one.error[0];
        local[i] = one.error[1];
    }
    struct attndyn_regression r;
    assert_ok(ctx, attndyn_regress_logarithms(ctx, 5, h, global, &r));
    assert_near(r.slope, 8, 0.2);
    assert_ok(ctx, attndyn_regress_logarithms(ctx, 5, h, local, &r));
    assert_near(r.slope, 9, 0.2);
    assert_ok(ctx, attndyn_regress_logarithms(ctx, 5, h, extension, &r));
    assert_near(r.slope, 8, 0.2);
}

TCASE(dop853) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, table_conditions, orders);
}
