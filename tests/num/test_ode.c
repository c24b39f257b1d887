/* The integrators against closed forms: accuracy, order, events, quadratures, threads. */
#include "sim/num/ode.h"
#include "tests/fixture.h"

#include <string.h>

/* y'' = -y from (1, 0): cos t, -sin t; quadrature of y^2: t/2 + sin(2t)/4. */
static int oscillator(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)user;
    dydt[0] = y[1];
    dydt[1] = -y[0];
    return 0;
}

static int squared(double t, const double *y, double *dqdt, void *user) {
    (void)t, (void)user;
    dqdt[0] = y[0] * y[0];
    return 0;
}

static const enum attndyn_ode_method adaptive[] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE,
                                                   ATTNDYN_ODE_BDF_KRYLOV, ATTNDYN_ODE_DOP853};

static struct attndyn_ode_options with_step(enum attndyn_ode_method method, double step) {
    struct attndyn_ode_options o = attndyn_ode_defaults(method);
    o.step = step;
    return o;
}

/* Outputs are seen in order, at their times, with the right state. */
struct seen {
    size_t count;
    double worst, last_t;
};

static enum attndyn_status see(void *user, size_t index, double t, const double *y) {
    struct seen *s = user;
    ck_assert_uint_eq(index, s->count);
    s->count++;
    s->last_t = t;
    s->worst = fmax(s->worst, fabs(y[0] - cos(t)));
    s->worst = fmax(s->worst, fabs(y[1] + sin(t)));
    s->worst = fmax(s->worst, fabs(y[2] - (t / 2 + sin(2 * t) / 4)));
    return ATTNDYN_OK;
}

TEST(oscillator_all_methods) {
    struct attndyn_ode_problem p = {
        .n = 2, .quadratures = 1, .rhs = oscillator, .quadrature = squared};
    double times[41];
    times[0] = 0;
    attndyn_grid_logarithmic(1e-9, 10, 40, times + 1);
    for (int method = ATTNDYN_ODE_ADAMS; method <= ATTNDYN_ODE_DOP853; method++) {
        if (method == ATTNDYN_ODE_EULER) continue;
        for (int unchecked = 0; unchecked < 2; unchecked++) {
            struct attndyn_ode_options o = with_step((enum attndyn_ode_method)method, 1e-3);
            o.quadratures_unchecked = unchecked;
            double y[3] = {1, 0, 0};
            struct seen s = {0};
            struct attndyn_ode_observer observer = {.output = see, .user = &s};
            struct attndyn_ode_statistics st;
            assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, times, 41, &observer, &st));
            ck_assert_uint_eq(s.count, 41);
            ck_assert(s.last_t == 10 && st.t_reached == 10);
            /* rtol 1e-10, some hundred local errors on the way */
            ck_assert_msg(s.worst < 2e-7 && s.worst > 0, "%s: error %g", st.method, s.worst);
            if (method == ATTNDYN_ODE_RK4) assert_at_most(s.worst, 1e-11);
            if (method == ATTNDYN_ODE_DOP853) assert_at_most(s.worst, 2e-9);
            assert_near(y[0], cos(10), 2e-7);
            ck_assert_int_gt(st.steps, 10);
            ck_assert_int_ge(st.rhs, st.steps);
        }
    }
}

/* Outputs at a time far below the natural step have full relative accuracy: q ~ t there. */
TEST(tiny_first_output) {
    struct attndyn_ode_problem p = {
        .n = 2, .quadratures = 1, .rhs = oscillator, .quadrature = squared};
    for (size_t i = 0; i < 4; i++) {
        struct attndyn_ode_options o = attndyn_ode_defaults(adaptive[i]);
        o.atol = 1e-30;
        o.first_step = 0.1; /* must not overshoot the first output */
        double y[3] = {1, 0, 0}, times[] = {1e-12, 1};
        assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, times, 1, NULL, NULL));
        assert_relative(y[2], 1e-12, 1e-12);
        assert_relative(y[1], -1e-12, 1e-9);
    }
}

/* Global error against step: the slope over five steps, from both sides. */
static double order_of(enum attndyn_ode_method method, double step) {
    struct attndyn_ode_problem p = {
        .n = 2, .quadratures = 1, .rhs = oscillator, .quadrature = squared};
    double log_step[5], log_error[5], sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (int i = 0; i < 5; i++, step /= 2) {
        struct attndyn_ode_options o = with_step(method, step);
        double y[3] = {1, 0, 0}, time = 2;
        assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, &time, 1, NULL, NULL));
        log_step[i] = log(step);
        log_error[i] = log(hypot(y[0] - cos(2), y[1] + sin(2)));
        sx += log_step[i] / 5;
        sy += log_error[i] / 5;
    }
    for (int i = 0; i < 5; i++) {
        sxx += (log_step[i] - sx) * (log_step[i] - sx);
        sxy += (log_step[i] - sx) * (log_error[i] - sy);
    }
    return sxy / sxx;
}

TEST(fixed_step_orders) {
    assert_near(order_of(ATTNDYN_ODE_EULER, 0.01), 1, 0.1);
    assert_near(order_of(ATTNDYN_ODE_RK4, 0.1), 4, 0.1);
}

/* The adaptive methods' error follows rtol. */
TEST(tolerance_is_honoured) {
    struct attndyn_ode_problem p = {.n = 2, .rhs = oscillator};
    for (size_t i = 0; i < 4; i++) {
        double before = 1;
        for (double rtol = 1e-4; rtol > 1e-12; rtol *= 1e-3) {
            struct attndyn_ode_options o = attndyn_ode_defaults(adaptive[i]);
            o.rtol = rtol;
            o.atol = rtol * 1e-2;
            double y[2] = {1, 0}, time = 6;
            assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, &time, 1, NULL, NULL));
            double error = hypot(y[0] - cos(6), y[1] + sin(6));
            assert_at_most(error, 600 * rtol);
            assert_at_most(error, before / 10);
            before = error;
        }
    }
}

/* Prothero-Robinson: y' = -k (y - cos t) - sin t, solution cos t, stiff for k = 1e6. */
static int prothero_robinson(double t, const double *y, double *dydt, void *user) {
    dydt[0] = -*(const double *)user * (y[0] - cos(t)) - sin(t);
    return 0;
}

TEST(stiff_scalar) {
    double stiffness = 1e6;
    struct attndyn_ode_problem p = {.n = 1, .rhs = prothero_robinson, .user = &stiffness};
    for (size_t i = 1; i < 3; i++) {
        struct attndyn_ode_options o = attndyn_ode_defaults(adaptive[i]);
        struct attndyn_ode_statistics st;
        double y[1] = {1}, time = 10;
        assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, &time, 1, NULL, &st));
        assert_near(y[0], cos(10), 1e-9);
        ck_assert_int_lt(st.steps, 4000); /* an explicit method would need 1e7 */
    }
}

static int robertson(double t, const double *y, double *dydt, void *user) {
    (void)t, (void)user;
    dydt[0] = -0.04 * y[0] + 1e4 * y[1] * y[2];
    dydt[2] = 3e7 * y[1] * y[1];
    dydt[1] = -dydt[0] - dydt[2];
    return 0;
}

static int robertson_jacobian(double t, const double *y, double *j, void *user) {
    (void)t, (void)user;
    j[0] = -0.04, j[3] = 1e4 * y[2], j[6] = 1e4 * y[1];
    j[2] = 0, j[5] = 6e7 * y[1], j[8] = 0;
    for (int c = 0; c < 9; c += 3) j[c + 1] = -j[c] - j[c + 2];
    return 0;
}

static int robertson_jacobian_times(double t, const double *y, const double *v, double *jv,
                                    void *user) {
    double j[9] = {0};
    robertson_jacobian(t, y, j, user);
    for (int i = 0; i < 3; i++) jv[i] = j[i] * v[0] + j[i + 3] * v[1] + j[i + 6] * v[2];
    return 0;
}

/* Reference at t = 1e11: the problem ROBER of the test set for IVP solvers (Bari). */
TEST(robertson_reference) {
    const double reference[3] = {0.2083340149701255e-07, 0.8333360770334713e-13,
                                 0.9999999791665050};
    for (int analytic = 0; analytic < 2; analytic++) {
        struct attndyn_ode_problem p = {.n = 3, .rhs = robertson};
        if (analytic) {
            p.jacobian = robertson_jacobian;
            p.jacobian_times = robertson_jacobian_times;
        }
        for (size_t i = 1; i < 3; i++) {
            struct attndyn_ode_options o = attndyn_ode_defaults(adaptive[i]);
            double atol[3] = {1e-17, 1e-21, 1e-15};
            o.atol_vector = atol;
            struct attndyn_ode_statistics st;
            double y[3] = {1, 0, 0}, time = 1e11;
            assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, &time, 1, NULL, &st));
            for (int k = 0; k < 3; k++) assert_relative(y[k], reference[k], 1e-6);
            ck_assert_int_lt(st.steps, 20000);
            if (i == 1) ck_assert_int_gt(st.jacobians, 0);
            if (i == 2) ck_assert_int_gt(st.jacobian_times, st.steps / 2);
        }
    }
}

/* The heat equation, n unknowns: the third mode decays as exp(-4 n^2 sin^2(3 pi/(2(n+1))) t).
 * quadrature: the sum of y. */
struct heat {
    size_t n;
};

static int heat(double t, const double *y, double *dydt, void *user) {
    (void)t;
    size_t n = ((struct heat *)user)->n;
    double scale = (double)(n * n);
    for (size_t i = 0; i < n; i++)
        dydt[i] = scale * ((i ? y[i - 1] : 0) - 2 * y[i] + (i + 1 < n ? y[i + 1] : 0));
    return 0;
}

static int heat_times(double t, const double *y, const double *v, double *jv, void *user) {
    (void)y;
    return heat(t, v, jv, user);
}

static int heat_jacobian(double t, const double *y, double *j, void *user) {
    (void)t, (void)y;
    size_t n = ((struct heat *)user)->n;
    double scale = (double)(n * n);
    for (size_t i = 0; i < n; i++) {
        j[i * n + i] = -2 * scale;
        if (i) j[i * n + i - 1] = j[(i - 1) * n + i] = scale;
    }
    return 0;
}

static int heat_sum(double t, const double *y, double *dqdt, void *user) {
    (void)t;
    dqdt[0] = 0;
    for (size_t i = 0; i < ((struct heat *)user)->n; i++) dqdt[0] += y[i];
    return 0;
}

/* 30: SUNDIALS' LU; 220: OpenBLAS'. Both with and without analytic derivatives. */
TEST(heat_equation) {
    const size_t sizes[] = {30, 220};
    double *y = ATTNDYN_NEW(ctx, double, 221);
    for (size_t s = 0; s < 2; s++) {
        for (int analytic = 0; analytic < 2; analytic++) {
            for (size_t i = 1; i < 3; i++) {
                struct heat user = {sizes[s]};
                size_t n = user.n;
                struct attndyn_ode_problem p = {
                    .n = n, .quadratures = 1, .rhs = heat, .quadrature = heat_sum, .user = &user};
                if (analytic) {
                    p.jacobian = heat_jacobian;
                    p.jacobian_times = heat_times;
                }
                double angle = 3 * acos(-1) / (double)(n + 1), sum = 0, time = 0.02;
                for (size_t k = 0; k < n; k++) sum += y[k] = sin(angle * (double)(k + 1));
                y[n] = 0;
                double rate = 4 * (double)(n * n) * pow(sin(angle / 2), 2);
                struct attndyn_ode_options o = attndyn_ode_defaults(adaptive[i]);
                o.rtol = 1e-8;
                o.atol = 1e-10;
                o.krylov_dimension = 20;
                assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, &time, 1, NULL, NULL));
                assert_near(y[2], exp(-rate * time) * sin(angle * 3), 1e-6);
                assert_relative(y[n], sum * -expm1(-rate * time) / rate, 1e-6);
            }
        }
    }
}

/* Events of the oscillator: y_0 = 0 at pi/2 (falling), 3 pi/2 (rising); y_1 = -sin t = -1/2 at
 * pi/6 and 5 pi/6, ...; the quadrature reaches 1 at the root of t/2 + sin(2t)/4 = 1. */
static int watch(double t, const double *y, double *g, void *user) {
    (void)t, (void)user;
    g[0] = y[0];
    g[1] = y[1] + 0.5;
    g[2] = y[2] - 1;
    return 0;
}

struct met {
    size_t count, which[16];
    int direction[16];
    double t[16], worst;
    size_t stop_at; /* stop at the event of this number, from 1 */
};

static enum attndyn_status meet(void *user, size_t which, int direction, double t, const double *y,
                                enum attndyn_ode_action *action) {
    struct met *m = user;
    ck_assert_uint_lt(m->count, 16);
    m->which[m->count] = which;
    m->direction[m->count] = direction;
    m->t[m->count++] = t;
    const double g[3] = {y[0], y[1] + 0.5, y[2] - 1};
    m->worst = fmax(m->worst, fabs(g[which]));
    if (m->count == m->stop_at) *action = ATTNDYN_ODE_STOP;
    return ATTNDYN_OK;
}

TEST(events_located) {
    const double pi = acos(-1);
    double low = 1, high = 4; /* bisection of t/2 + sin(2t)/4 = 1 */
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        *(middle / 2 + sin(2 * middle) / 4 < 1 ? &low : &high) = middle;
    }
    const double expected[] = {pi / 6, pi / 2, 5 * pi / 6, low, 13 * pi / 6, 3 * pi / 2};
    const size_t which[] = {1, 0, 1, 2, 1, 0};
    const int direction[] = {-1, -1, 1, 1, -1, 1};
    struct attndyn_ode_problem p = {.n = 2,
                                    .quadratures = 1,
                                    .rhs = oscillator,
                                    .quadrature = squared,
                                    .events = 3,
                                    .event = watch};
    for (int method = ATTNDYN_ODE_ADAMS; method <= ATTNDYN_ODE_DOP853; method++) {
        bool euler = method == ATTNDYN_ODE_EULER;
        struct attndyn_ode_options o =
            with_step((enum attndyn_ode_method)method, euler ? 1e-4 : 1e-2);
        double y[3] = {1, 0, 0}, times[2] = {3, 7}, tolerance = euler ? 3e-3 : 2e-7;
        struct met m = {0};
        struct attndyn_ode_observer observer = {.event = meet, .user = &m};
        struct attndyn_ode_statistics st;
        assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, y, times, 2, &observer, &st));
        ck_assert_uint_eq(m.count, 6);
        ck_assert_int_eq((int)st.events, 6);
        for (size_t i = 0; i < 6; i++) {
            size_t found = 0;
            for (size_t k = 0; k < m.count; k++)
                if (m.which[k] == which[i] && m.direction[k] == direction[i] &&
                    fabs(m.t[k] - expected[i]) < tolerance)
                    found++;
            ck_assert_msg(found == 1, "%s: event %zu at %.17g found %zu times", st.method, which[i],
                          expected[i], found);
        }
        for (size_t k = 1; k < m.count; k++) ck_assert(m.t[k] > m.t[k - 1]);
        assert_at_most(m.worst, 1e-12); /* the state handed over lies on the root */
        assert_near(y[0], cos(7), euler ? 3e-3 : 2e-7);

        /* Stop at the second: no failure, state and time are those of the event. */
        double z[3] = {1, 0, 0};
        struct met stop = {.stop_at = 2};
        observer.user = &stop;
        assert_ok(ctx, attndyn_ode_solve(ctx, &p, &o, 0, z, times, 2, &observer, &st));
        assert_near(st.t_reached, pi / 2, tolerance);
        assert_near(z[0], 0, 1e-12);
        assert_near(z[2], pi / 4, tolerance);
    }
}

static bool solve_one(struct attndyn_context *own, int i, double *y) {
    struct attndyn_ode_problem p = {.n = 3, .rhs = robertson};
    struct attndyn_ode_options o = attndyn_ode_defaults((enum attndyn_ode_method)(i % 2 + 1));
    double time = 10 + i;
    y[0] = 1, y[1] = y[2] = 0;
    return attndyn_ode_solve(own, &p, &o, 0, y, &time, 1, NULL, NULL) == ATTNDYN_OK;
}

TEST(threads_change_no_bit) {
    double serial[16][3], parallel[16][3];
    for (int i = 0; i < 16; i++) ck_assert(solve_one(ctx, i, serial[i]));
    int good = 0;
#pragma omp parallel for num_threads(2) schedule(dynamic) reduction(+ : good)
    for (int i = 0; i < 16; i++) {
        struct attndyn_context *own = attndyn_context_create();
        good += own && solve_one(own, i, parallel[i]);
        attndyn_context_free(own);
    }
    ck_assert_int_eq(good, 16);
    ck_assert_int_eq(memcmp(serial, parallel, sizeof serial), 0);
}

TEST(grids_and_names) {
    double times[101];
    attndyn_grid_logarithmic(1e-3, 1e8, 101, times);
    ck_assert(times[0] == 1e-3 && times[100] == 1e8);
    for (int i = 1; i < 101; i++) assert_relative(times[i] / times[i - 1], pow(10, 0.11), 1e-12);
    attndyn_grid_linear(-1, 2, 4, times);
    ck_assert(times[0] == -1 && times[1] == 0 && times[2] == 1 && times[3] == 2);
    enum attndyn_ode_method method;
    char joined[64] = "";
    for (int i = 0; i <= ATTNDYN_ODE_DOP853; i++) {
        const char *name = attndyn_ode_method_name((enum attndyn_ode_method)i);
        ck_assert(attndyn_ode_method_named(name, &method));
        ck_assert_int_eq((int)method, i);
        strcat(joined, i ? "|" : "");
        strcat(joined, name);
    }
    ck_assert_str_eq(joined, ATTNDYN_ODE_METHODS);
    ck_assert(!attndyn_ode_method_named("bdf", &method));
}

TCASE(ode) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, oscillator_all_methods, tiny_first_output, fixed_step_orders,
                    tolerance_is_honoured, stiff_scalar, robertson_reference, heat_equation,
                    events_located, threads_change_no_bit, grids_and_names);
}
