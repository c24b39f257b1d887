/* The freeze of attention below a norm: reference values, conservation laws, both limits. */
#include "sim/model/embed/freeze.h"
#include "tests/fixture.h"
#include "theory/embed/freeze.h"

static double limit(const struct attndyn_freeze *model, double *y) {
    struct attndyn_ode_options options = attndyn_freeze_defaults();
    assert_ok(ctx, attndyn_freeze_limit(ctx, model, &options, y, NULL, NULL));
    return y[ATTNDYN_FREEZE_W];
}

/* K, P(common), eta_u/eta_z, w_inf: of an independent prototype (SciPy's DOP853 in another clock);
 * those of K = 4 also of the full flow of U, B and z. */
static const double reference[][4] = {
    {4, .5, 1, -0.321962341163},    {4, .5, .01, -2.064498259},
    {4, .5, .1, -1.137794080},      {4, .5, 10, -.039193997},
    {4, .5, 100, -.003991993},      {2, .5, 1, -0.2461146766186},
    {100, .1, .3, -0.517877348531}, {1000, .9, 1e-3, -8.534881343},
    {10, .999, 1, -0.499999849491}, {10, 1e-3, 1, -5.0099096021e-06},
    {50, .3, 1e-4, -5.07930761035}, {1e6, .5, 1, -0.499998640865}};

TEST(reference_values) {
    const double *r = reference[_i];
    struct attndyn_freeze model = {r[0], r[1], r[2]};
    double y[ATTNDYN_FREEZE_STATES];
    assert_near(limit(&model, y), r[3], 1e-9 * fmax(1e-3, fabs(r[3])));
}

/* The right-hand side conserves, per token, z/eta_z - |u|^2/(2 eta_u), and the sum of all |u|^2. */
TEST(conserved) {
    const double *r = reference[_i];
    struct attndyn_freeze model = {r[0], r[1], r[2]};
    struct attndyn_freeze_seen seen;
    double y[ATTNDYN_FREEZE_STATES], w = limit(&model, y), K = model.classes;
    attndyn_freeze_see(&model, y, &seen);
    /* Rounding of the norms is multiplied by 1/(2 ratio). */
    double rounding = 1e-12 * fabs(w) + 4e-15 / model.ratio + 1e-13;
    assert_near(attndyn_freeze_law(model.ratio, seen.norm2_c), w, rounding);
    assert_near(attndyn_freeze_law(model.ratio, seen.norm2_d), -w / K, rounding);
    assert_relative(K * seen.norm2_d + seen.norm2_c, K + 1, 1e-11);
    ck_assert(w >= attndyn_freeze_floor(model.ratio));
    /* Frozen: a simplex. */
    assert_near(seen.cosine, -1 / (K - 1), 1e-15);
    assert_near(seen.class_sum, 1e-13, 1e-15);
}

/* Two other integrators reach the same limit. */
TEST(other_methods) {
    struct attndyn_freeze model = {4, .5, 1};
    double y[ATTNDYN_FREEZE_STATES];
    struct attndyn_ode_options options = attndyn_freeze_defaults();
    options.method = ATTNDYN_ODE_ADAMS;
    assert_ok(ctx, attndyn_freeze_limit(ctx, &model, &options, y, NULL, NULL));
    assert_near(y[ATTNDYN_FREEZE_W], reference[0][3], 1e-11);
    options.method = ATTNDYN_ODE_RK4;
    options.step = 0.01;
    assert_ok(ctx, attndyn_freeze_limit(ctx, &model, &options, y, NULL, NULL));
    assert_near(y[ATTNDYN_FREEZE_W], reference[0][3], 1e-9);
}

struct slope {
    const struct attndyn_freeze *model;
    double ln[2], b[2], kappa;
};

static enum attndyn_status keep(void *user, size_t i, double tau, const double *y) {
    (void)tau;
    struct slope *s = user;
    struct attndyn_freeze_seen seen;
    attndyn_freeze_see(s->model, y, &seen);
    s->ln[i] = log(hypot(seen.h[0], seen.h[1]));
    s->b[i] = y[ATTNDYN_FREEZE_B];
    s->kappa = attndyn_freeze_kappa(s->model->classes, s->model->ratio, y[ATTNDYN_FREEZE_SPREAD],
                                    seen.c_d, seen.c_c);
    return ATTNDYN_OK;
}

/* ln |h| falls along b with slope kappa: 2.088 for the reference. */
TEST(decay_rate) {
    struct attndyn_freeze model = {4, .5, 1};
    struct slope slope = {.model = &model};
    double y[ATTNDYN_FREEZE_STATES], times[] = {20, 30};
    attndyn_freeze_start(&model, y);
    struct attndyn_ode_problem problem = attndyn_freeze_problem(&model);
    struct attndyn_ode_options options = attndyn_freeze_defaults();
    assert_ok(ctx, attndyn_ode_solve(ctx, &problem, &options, 0, y, times, 2,
                                     &(struct attndyn_ode_observer){keep, NULL, &slope}, NULL));
    assert_near(slope.kappa, 2.088, 1e-3);
    assert_relative((slope.ln[0] - slope.ln[1]) / (slope.b[1] - slope.b[0]), slope.kappa, 1e-4);
}

/* The error of the fast limit falls as 1/ratio, that of the slow one as sqrt(ratio) at least. */
TEST(limits) {
    double y[ATTNDYN_FREEZE_STATES], fast[2], slow[2];
    for (int i = 0; i < 2; i++) {
        struct attndyn_freeze quick = {7, .3, i ? 1e4 : 1e2}, lazy = {7, .3, i ? 1e-8 : 1e-4};
        fast[i] = fabs(attndyn_freeze_fast(7, .3, quick.ratio) / limit(&quick, y) - 1);
        slow[i] = fabs(attndyn_freeze_slow(7, .3, lazy.ratio) - limit(&lazy, y));
    }
    assert_at_most(fast[0], 0.01);
    assert_relative(fast[1], fast[0] / 100, 0.1);
    assert_at_most(slow[0], 0.01);
    assert_at_most(slow[1], slow[0] / 50);
    assert_relative(attndyn_freeze_fast(4, .5, 100), -.004, 1e-14);
    assert_near(attndyn_freeze_slow_constant(), 1.725699742, 1e-9);
    /* A decade of the ratio: K/(K+1) ln(10)/2. */
    assert_near(attndyn_freeze_slow(4, .5, 1e-5) - attndyn_freeze_slow(4, .5, 1e-6), 0.4 * log(10),
                1e-13);
}

TEST(refused) {
    const struct attndyn_freeze wrong[] = {{1, .5, 1}, {4, 0, 1},         {4, 1, 1},
                                           {4, .5, 0}, {4, .5, INFINITY}, {NAN, .5, 1}};
    double y[ATTNDYN_FREEZE_STATES];
    struct attndyn_ode_options options = attndyn_freeze_defaults();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(attndyn_freeze_limit(ctx, &wrong[i], &options, y, NULL, NULL),
                         ATTNDYN_USAGE);
}

TCASE(embed_freeze) {
    with_a_context(tcase);
    int count = sizeof reference / sizeof *reference;
    tcase_add_loop_test(tcase, reference_values, 0, count);
    tcase_add_loop_test(tcase, conserved, 0, count);
    tcase_add_tests(tcase, other_methods, decay_rate, limits, refused);
}
