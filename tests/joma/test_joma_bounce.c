/* theory/joma/bounce and sim/model/joma/bounce: reference instance T5, the authors' figure 4,
 * Jacobians by differences. */
#include "sim/model/joma/bounce.h"
#include "tests/support.h"
#include "theory/joma/bounce.h"

static const double figure_mu[10] = {1.265432357788086,  1.3960914611816406, 1.9222683906555176,
                                     2.3668839931488037, 2.470280170440674,  2.488769769668579,
                                     2.896918773651123,  2.902235984802246,  3.3046653270721436,
                                     3.6893341541290283};

TEST(reference_instance) {
    static const double mu[4] = {0.5, 1, 1.5, 2};
    static const struct {
        double t, v[4];
    } expected[] = {{0.5, {0.197851460696, 0.402730394546, 0.623539784125, 0.874447815567}},
                    {1, {0.320016777208, 0.666234888844, 1.081049113952, 1.667950963094}},
                    {4, {0.493487902598, 0.996711581302, 1.499920032071, 1.999999999834}}};
    static const double log20[4] = {22.468073685391, 32.093600385229, 59.122699625203,
                                    141.437583807114};
    for (int j = 0; j < 4; j++) {
        struct attndyn_joma_bounce_law law = {.mu = mu[j], .beta = 0.5};
        for (int i = 0; i < 3; i++)
            assert_near(attndyn_joma_bounce_v(&law, attndyn_joma_bounce_at(&law, expected[i].t)),
                        expected[i].v[j], 1e-12);
        assert_near(attndyn_joma_bounce_at(&law, 20), log20[j], 1e-11);
    }
}

TEST(offsets_and_times) {
    static const double mu[6] = {0.5, 1, 1.5, 2, 3, 4};
    static const double offset[6] = {0.1948953759896, 0.8808250287736, 2.481637353158,
                                     6.343538171499,  55.50083535126,  1227.032680487};
    static const double until99[6] = {4.233840893514, 3.321359057711, 2.293422115049,
                                      1.476292415564, 0.666697298796, 0.413112719708};
    for (int i = 0; i < 6; i++) {
        struct attndyn_joma_bounce_law law = {.mu = mu[i], .beta = 0.5};
        assert_relative(attndyn_joma_bounce_offset(&law), offset[i], 1e-11);
        double t = attndyn_joma_bounce_time(&law, log(100));
        assert_relative(t, until99[i], 1e-11);
        assert_relative(attndyn_joma_bounce_time_fixed(&law, log(100), 32), t, 1e-13);
        assert_relative(attndyn_joma_bounce_at(&law, t), log(100), 1e-12);
    }
}

/* A start beyond mu, on the other side of 0, and at rest. */
TEST(any_start) {
    struct attndyn_joma_bounce_law law = {.mu = 1.2, .v0 = -1.7, .beta = 0.5};
    double w = attndyn_joma_bounce_at(&law, 0.8), v = attndyn_joma_bounce_v(&law, w), h = 1e-5;
    double ahead = attndyn_joma_bounce_v(&law, attndyn_joma_bounce_at(&law, 0.8 + h));
    double behind = attndyn_joma_bounce_v(&law, attndyn_joma_bounce_at(&law, 0.8 - h));
    assert_relative((ahead - behind) / (2 * h), (law.mu - v) * exp(0.5 * v * v), 1e-8);
    law.v0 = 2;
    assert_at_most(attndyn_joma_bounce_v(&law, attndyn_joma_bounce_at(&law, 0.1)), 2);
    law.v0 = law.mu;
    assert_near(attndyn_joma_bounce_v(&law, attndyn_joma_bounce_at(&law, 3)), 1.2, 0);
}

static double entropy_of(size_t n, double beta, const double *v) {
    double p[10], h = 0;
    attndyn_joma_bounce_attention(n, beta, v, p);
    for (size_t j = 0; j < n; j++) h -= p[j] > 0 ? p[j] * log(p[j]) : 0;
    return h;
}

/* The flow of figure 4 by sum_j w_j = t; values of the prototype's integrator. */
TEST(figure_four_flow) {
    struct attndyn_joma_bounce_law laws[10];
    for (int j = 0; j < 10; j++)
        laws[j] = (struct attndyn_joma_bounce_law){.mu = figure_mu[j], .v0 = 0.05, .beta = 1.0 / 3};
    double w[10], v[10], tau, sum = 0;
    ck_assert(attndyn_joma_bounce_normalised(10, laws, 100, w, &tau));
    for (int j = 0; j < 10; j++) {
        sum += w[j];
        v[j] = attndyn_joma_bounce_v(&laws[j], w[j]);
        assert_relative(attndyn_joma_bounce_time(&laws[j], w[j]), tau, 1e-12);
    }
    assert_relative(sum, 100, 1e-14);
    assert_near(entropy_of(10, 1.0 / 3, v), 1.5491278614, 1e-9);
    ck_assert(attndyn_joma_bounce_normalised(10, laws, 13.3962648511, w, NULL));
    for (int j = 0; j < 10; j++) v[j] = attndyn_joma_bounce_v(&laws[j], w[j]);
    assert_near(entropy_of(10, 1.0 / 3, v), 0.9407230685, 1e-9);
    assert_near(entropy_of(10, 1.0 / 3, figure_mu), 1.6215771770, 1e-9);
}

TEST(figure_four_euler) {
    double v[10], p[10], h[5000];
    for (int j = 0; j < 10; j++) v[j] = 0.05;
    attndyn_joma_bounce_euler(10, figure_mu, 1.0 / 3, 0.02, 5000, v, p, h);
    static const struct {
        int i;
        double h;
    } expected[] = {{0, 2.302585082994},   {250, 2.263739603525},  {500, 1.198152085039},
                    {669, 0.941569841330}, {1000, 1.057600617640}, {2000, 1.306046575522},
                    {4999, 1.549312277222}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_near(h[expected[i].i], expected[i].h, 1.1e-8);
    int least = 0;
    for (int i = 0; i < 5000; i++)
        if (h[i] < h[least]) least = i;
    ck_assert_int_eq(least, 669);
    static const double last[10] = {0.953954517741, 1.067039829611, 1.594223032615, 2.179786727607,
                                    2.334680974160, 2.362527579536, 2.893471218386, 2.899067773418,
                                    3.304665309340, 3.689334154129};
    for (int j = 0; j < 10; j++) assert_near(v[j], last[j], 1e-11);

    float mu[10], single[10], q[10], hs[5000];
    for (int j = 0; j < 10; j++) mu[j] = (float)figure_mu[j], single[j] = 0.05f;
    attndyn_joma_bounce_euler_single(10, mu, 3, 0.02f, 5000, single, q, hs);
    assert_near((double)hs[669], 0.9415705, 2e-6);
    assert_near((double)hs[4999], 1.5493226, 2e-5);
    for (int j = 0; j < 10; j++) assert_near((double)single[j], last[j], 1e-4);
}

/* Each variant's Jacobian column by central differences. */
TEST(jacobians) {
    static const double mu[4] = {0.5, 1.3, -1.1, 2}, v0[4] = {0.1, -0.2, 0.3, 0};
    for (int variant = 0; variant < 4; variant++) {
        struct attndyn_context *ctx = attndyn_context_create();
        struct attndyn_joma_bounce model = {.components = 4,
                                            .mu = mu,
                                            .v0 = v0,
                                            .beta = 0.4,
                                            .normalised = variant & 1,
                                            .logarithmic = variant & 2};
        assert_ok(ctx, attndyn_joma_bounce_prepare(ctx, &model));
        struct attndyn_ode_problem problem = attndyn_joma_bounce_problem(&model);
        double y[4] = {0.4, 0.7, 0.3, 1.1}, j[16] = {0}, plus[4], minus[4], h = 1e-6;
        ck_assert_int_eq(problem.jacobian(0, y, j, problem.user), 0);
        for (int c = 0; c < 4; c++) {
            double keep = y[c];
            y[c] = keep + h, problem.rhs(0, y, plus, problem.user);
            y[c] = keep - h, problem.rhs(0, y, minus, problem.user);
            y[c] = keep;
            for (int r = 0; r < 4; r++)
                assert_near(j[r + 4 * c], (plus[r] - minus[r]) / (2 * h), 1e-8);
        }
        double far[4] = {80, 0, 0, 0};
        if (!model.normalised && !model.logarithmic)
            ck_assert_int_gt(problem.rhs(0, far, plus, problem.user), 0);
        attndyn_context_free(ctx);
    }
}

TEST(refuses_overflowing_rates) {
    struct attndyn_context *ctx = attndyn_context_create();
    double mu = 50, v0 = 0;
    struct attndyn_joma_bounce model = {.components = 1, .mu = &mu, .v0 = &v0, .beta = 0.5};
    ck_assert_int_eq(attndyn_joma_bounce_prepare(ctx, &model), ATTNDYN_USAGE);
    model.normalised = true;
    assert_ok(ctx, attndyn_joma_bounce_prepare(ctx, &model));
    attndyn_context_free(ctx);
}

TCASE(joma_bounce) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, reference_instance, offsets_and_times, any_start, figure_four_flow,
                    figure_four_euler, jacobians, refuses_overflowing_rates);
}
