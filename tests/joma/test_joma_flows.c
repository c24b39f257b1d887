/* The folded and the bounce-back flows, integrated: reference instances of an independent SciPy
 * prototype, named ends, the row-by-row integrator against CVODE. */
#include "experiments/joma/shared/folded_solve.h"
#include "sim/base/random.h"
#include "sim/model/joma/bounce.h"
#include "sim/model/joma/linear.h"
#include "sim/model/joma/rows.h"
#include "tests/fixture.h"
#include "theory/joma/erf.h"

#include <string.h>

static struct attndyn_ode_options tight(enum attndyn_ode_method method) {
    struct attndyn_ode_options options = attndyn_ode_defaults(method);
    options.rtol = 1e-12, options.atol = 1e-14, options.step = 0.005;
    return options;
}

static const double t2_delta[5] = {1, 0.8, -0.6, 0.3, 0.1};

static struct attndyn_joma_folded t2(double stop_at) {
    return (struct attndyn_joma_folded){
        .tokens = 5, .nodes = 1, .delta = t2_delta, .eta_w = 1, .rho = 1, .stop_at = stop_at};
}

TEST(theorem_two_by_two_integrators_and_clocks) {
    static const double expected[5] = {1.275547736417, 0.912145077739, -0.641390099914,
                                       0.304647509224, 0.100167252532};
    static const enum attndyn_ode_method methods[3] = {ATTNDYN_ODE_ADAMS, ATTNDYN_ODE_BDF_DENSE,
                                                       ATTNDYN_ODE_RK4};
    for (int i = 0; i < 6; i++) {
        struct attndyn_joma_folded model = t2(6);
        model.rescaled = i < 3, model.t_end = 1;
        assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &model));
        struct attndyn_ode_options options = tight(methods[i % 3]);
        struct folded_outcome outcome;
        double y[6] = {0};
        assert_ok(ctx, folded_solve(ctx, &model, &options, 0.1, 11, NULL, NULL, y, &outcome));
        ck_assert_int_eq(outcome.end, FOLDED_AT_T_END);
        assert_near(outcome.t, 1, 1e-12);
        for (int l = 0; l < 5; l++) assert_near(y[l], expected[l], 1e-9);
    }
}

/* Past the blow-up the flow stops at the radius or the solver gives up, but no state beyond it is
 * returned. */
TEST(ends_are_named) {
    for (int rescaled = 0; rescaled < 2; rescaled++) {
        struct attndyn_joma_folded model = t2(rescaled ? 20 : 12);
        model.rescaled = rescaled, model.t_end = 3;
        assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &model));
        struct attndyn_ode_options options = tight(ATTNDYN_ODE_ADAMS);
        struct folded_outcome outcome;
        double y[6] = {0};
        assert_ok(ctx, folded_solve(ctx, &model, &options, 0.1, 11, NULL, NULL, y, &outcome));
        ck_assert_int_eq(outcome.end, rescaled ? FOLDED_AT_RADIUS : FOLDED_GAVE_UP);
        if (!rescaled) ck_assert_ptr_nonnull(strstr(outcome.why, "adams"));
        assert_near(outcome.t, 1.2533141373155001, 1e-9);
        for (int l = 0; l < 5; l++) ck_assert(isfinite(y[l]));
        model.stop_at = 0.5, y[0] = 1;
        ck_assert_int_eq(folded_solve(ctx, &model, &options, 0.1, 11, NULL, NULL, y, &outcome),
                         ATTNDYN_USAGE);
    }
}

/* bbar = x breaks the invariant by the prototype's figures; uniform bbar does not. */
TEST(softmax_correction) {
    static const double x[5] = {0.3, 0.25, 0.2, 0.15, 0.1}, fifth[5] = {0.2, 0.2, 0.2, 0.2, 0.2};
    static const double times[3] = {0.5, 1, 2}, spread[3] = {0.017, 0.067, 0.198};
    for (int uniform = 0; uniform < 2; uniform++)
        for (int i = 0; i < 3; i++) {
            struct attndyn_joma_folded model = t2(1e3);
            model.weight = x, model.baseline = uniform ? fifth : x;
            assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &model));
            struct attndyn_ode_problem problem = attndyn_joma_folded_problem(&model);
            problem.events = 0, problem.event = NULL;
            struct attndyn_ode_options options = tight(ATTNDYN_ODE_ADAMS);
            double v[5] = {0};
            assert_ok(ctx,
                      attndyn_ode_solve(ctx, &problem, &options, 0, v, &times[i], 1, NULL, NULL));
            double got = attndyn_joma_erf_spread(5, v, NULL, t2_delta, sqrt(2));
            if (uniform)
                assert_at_most(got, 1e-9);
            else
                assert_near(got, spread[i], 6e-4);
        }
}

TEST(three_forms) {
    static const double delta[6] = {1, 0.5, 0.3, -0.8, -0.2, 0.4};
    static const double expected[3][6] = {{0.529342782370, 0.264671391185, 0.154879113084,
                                           -0.413010968224, -0.100848239368, 0.201696478735},
                                          {1.143446340565, 0.571723170282, 0.321879783289,
                                           -0.858346088772, -0.203475201453, 0.406950402905},
                                          {0.522880062825, 0.252662718235, 0.150566973210,
                                           -0.411308720904, -0.100167252532, 0.201352328832}};
    for (int i = 0; i < 6; i++) {
        struct attndyn_joma_folded model = {.tokens = 3,
                                            .nodes = 2,
                                            .delta = delta,
                                            .eta_w = 1,
                                            .rho = 1,
                                            .form = (enum attndyn_joma_form)(i % 3),
                                            .rescaled = i < 3,
                                            .stop_at = 6,
                                            .t_end = 0.5};
        assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &model));
        struct attndyn_ode_options options =
            tight(i < 3 ? ATTNDYN_ODE_ADAMS : ATTNDYN_ODE_BDF_KRYLOV);
        struct folded_outcome outcome;
        double y[7] = {0};
        assert_ok(ctx, folded_solve(ctx, &model, &options, 0.1, 11, NULL, NULL, y, &outcome));
        for (int j = 0; j < 6; j++) assert_near(y[j], expected[i % 3][j], 1e-9);
    }
}

TEST(bounce_back_by_two_integrators) {
    static const double mu[4] = {0.5, 1, 1.5, 2}, v0[4] = {0};
    static const double log10[4] = {11.136592796998, 15.606387845041, 28.320531136023,
                                    67.547022817807};
    static const double v4[4] = {0.493487902598, 0.996711581302, 1.499920032071, 1.999999999834};
    struct attndyn_joma_bounce model = {
        .components = 4, .mu = mu, .v0 = v0, .beta = 0.5, .logarithmic = true};
    assert_ok(ctx, attndyn_joma_bounce_prepare(ctx, &model));
    for (int i = 0; i < 2; i++) {
        model.logarithmic = i == 0;
        struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
        problem.events = 0, problem.event = NULL;
        struct attndyn_ode_options options =
            tight(i == 0 ? ATTNDYN_ODE_ADAMS : ATTNDYN_ODE_BDF_DENSE);
        double y[4], v[4], four = 4, ten = 10;
        attndyn_joma_bounce_start(&model, y);
        assert_ok(ctx, attndyn_ode_solve(ctx, &problem, &options, 0, y, &four, 1, NULL, NULL));
        attndyn_joma_bounce_velocities(&model, y, v);
        for (int j = 0; j < 4; j++) assert_near(v[j], v4[j], 1e-9);
        assert_ok(ctx, attndyn_ode_solve(ctx, &problem, &options, 4, y, &ten, 1, NULL, NULL));
        for (int j = 0; j < 4 && i == 0; j++) assert_relative(y[j], log10[j], 1e-10);
    }
}

/* dH/dt against differences of H along a short Euler step. */
TEST(entropy_rate) {
    static const double mu[3] = {0.5, 1.4, 2}, v0[3] = {0};
    for (int normalised = 0; normalised < 2; normalised++) {
        struct attndyn_joma_bounce model = {
            .components = 3, .mu = mu, .v0 = v0, .beta = 0.4, .normalised = normalised};
        assert_ok(ctx, attndyn_joma_bounce_prepare(ctx, &model));
        struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
        double v[3] = {0.3, 0.9, 0.8}, d[3], ahead[3], behind[3], h[2], p[3], step = 1e-5;
        problem.rhs(0, v, d, problem.user);
        for (int j = 0; j < 3; j++) ahead[j] = v[j] + step * d[j], behind[j] = v[j] - step * d[j];
        for (int side = 0; side < 2; side++) {
            attndyn_joma_bounce_attention(3, 0.4, side ? ahead : behind, p);
            h[side] = 0;
            for (int j = 0; j < 3; j++) h[side] -= p[j] * log(p[j]);
        }
        assert_near(attndyn_joma_bounce_entropy_rate(&model, v), (h[1] - h[0]) / (2 * step), 1e-8);
    }
}

TEST(linear_attention) {
    struct attndyn_joma_linear model = {.tokens = 5, .delta = t2_delta, .eta_w = 2, .eta_z = 0.5};
    struct attndyn_ode_problem problem = attndyn_joma_linear_problem(&model);
    struct attndyn_ode_options options = tight(ATTNDYN_ODE_ADAMS);
    double y[10] = {0.1, 0.2, 0.3, 0.4, 0.5, 1, 1, 1, 1, 1}, t = 1.5;
    double v0[5] = {0.1, 0.2, 0.3, 0.4, 0.5};
    assert_ok(ctx, attndyn_ode_solve(ctx, &problem, &options, 0, y, &t, 1, NULL, NULL));
    for (int l = 0; l < 5; l++) {
        struct attndyn_joma_erf law = {.delta = t2_delta[l], .v0 = v0[l], .eta_w = 2, .rho = 0.25};
        double v, z;
        attndyn_joma_linear_at(&law, 1, t, &v, &z);
        assert_relative(y[l], v, 1e-9);
        assert_relative(y[5 + l], z, 1e-9);
    }
}

/* The row-by-row integrator: of order 4 against CVODE at the same radius, any number of threads. */
TEST(rows_against_cvode) {
    enum { M = 12, K = 11 };
    struct attndyn_random random;
    double delta[M * K], start[M * K], y[M * K + 1] = {0}, v[2][M * K], error[2];
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 4));
    attndyn_random_normals(&random, 1, M * K, delta);
    attndyn_random_normals(&random, 0.1, M * K, start);
    attndyn_random_done(&random);
    struct attndyn_joma_folded model = {.tokens = M,
                                        .nodes = K,
                                        .delta = delta,
                                        .eta_w = 0.7,
                                        .rho = 1.3,
                                        .rescaled = true,
                                        .stop_at = 2.5,
                                        .t_end = INFINITY};
    assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &model));
    struct attndyn_ode_options options = tight(ATTNDYN_ODE_ADAMS);
    struct folded_outcome outcome;
    memcpy(y, start, sizeof start);
    assert_ok(ctx, folded_solve(ctx, &model, &options, 1, 2, NULL, NULL, y, &outcome));
    for (int i = 0; i < 2; i++) {
        memcpy(v[i], start, sizeof start);
        struct attndyn_joma_rows rows = {
            .tokens = M, .nodes = K, .delta = delta, .v = v[i], .eta_w = 0.7, .rho = 1.3};
        assert_ok(ctx, attndyn_joma_rows_prepare(ctx, &rows));
        assert_ok(ctx, attndyn_joma_rows_advance(ctx, &rows, i ? 0.05 : 0.1, 1));
        assert_ok(ctx, attndyn_joma_rows_advance(ctx, &rows, i ? 0.05 : 0.1, 2.5));
        double radius = 0;
        for (size_t l = 0; l < M; l++) radius = fmax(radius, rows.radius[l]);
        assert_near(radius, 2.5, 1e-12);
        error[i] = fabs(rows.t - outcome.t) / outcome.t;
        for (size_t j = 0; j < M * K; j++) error[i] = fmax(error[i], fabs(v[i][j] - y[j]));
        /* Its direction is the right-hand side, up to a factor. */
        double direction[M * K], velocity[M * K];
        attndyn_joma_rows_direction(ctx, &rows, direction);
        ck_assert(attndyn_joma_folded_velocity(&model, v[i], velocity));
        for (size_t j = 1; j < M * K; j++)
            assert_relative(direction[j] / direction[0], velocity[j] / velocity[0], 1e-11);
    }
    assert_at_most(error[1], 1e-7);
    assert_near(log2(error[0] / error[1]), 4, 0.4);
    attndyn_threads_allow(ctx, 2);
    double again[M * K];
    memcpy(again, start, sizeof start);
    struct attndyn_joma_rows rows = {
        .tokens = M, .nodes = K, .delta = delta, .v = again, .eta_w = 0.7, .rho = 1.3};
    assert_ok(ctx, attndyn_joma_rows_prepare(ctx, &rows));
    assert_ok(ctx, attndyn_joma_rows_advance(ctx, &rows, 0.05, 1));
    assert_ok(ctx, attndyn_joma_rows_advance(ctx, &rows, 0.05, 2.5));
    ck_assert_mem_eq(again, v[1], sizeof again);
    ck_assert_int_eq(attndyn_joma_rows_advance(ctx, &rows, 0.05, 40), ATTNDYN_USAGE);
}

TCASE(joma_flows) {
    with_a_context(tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, theorem_two_by_two_integrators_and_clocks, ends_are_named,
                    softmax_correction, three_forms, bounce_back_by_two_integrators, entropy_rate,
                    linear_attention, rows_against_cvode);
}
