/* The induction task: gradient, rate, the reduced flow. */
#include "sim/model/layers/induction_private.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"
#include "theory/layers/two_level.h"

static struct attndyn_induction *make(struct attndyn_induction_options options) {
    struct attndyn_induction *model;
    assert_ok(ctx, attndyn_induction_create(ctx, &options, &model));
    return model;
}

/* The gradient by a complex step through the loss; the loss itself at the origin, and beside a sum
 * over permutations written down by hand for Q = 2. */
TEST(gradient) {
    struct attndyn_induction *model =
        make((struct attndyn_induction_options){3, 2, .5, 2, .7, 1.3});
    double complex *theta = ATTNDYN_NEW(ctx, double complex, model->n);
    double complex *g = ATTNDYN_NEW(ctx, double complex, model->n);
    double complex *scrap = ATTNDYN_NEW(ctx, double complex, model->n);
    ck_assert_uint_eq(model->permutations, 6);
    assert_near(creal(attndyn_induction_gradient(model, theta, g)), log(3), 1e-15);
    uint64_t seed = 5;
    for (size_t k = 0; k < model->n; k++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        theta[k] = (double)(seed >> 11) / 9007199254740992. - 0.5;
    }
    attndyn_induction_gradient(model, theta, g);
    for (size_t k = 0; k < model->n; k++) {
        theta[k] += 1e-30 * _Complex_I;
        double step = cimag(attndyn_induction_gradient(model, theta, scrap)) / 1e-30;
        theta[k] = creal(theta[k]);
        assert_near(creal(g[k]), -step, 1e-15);
    }
    /* every permutation once */
    for (size_t a = 0; a < 6; a++)
        for (size_t b = 0; b < a; b++) {
            bool same = true;
            for (size_t i = 0; i < 3; i++)
                same = same && model->permutation[3 * a + i] == model->permutation[3 * b + i];
            ck_assert(!same);
        }
}

TEST(rate) {
    static const struct attndyn_induction_options cases[] = {
        {3, 2, .5, 2, .7, 1.3}, {2, 0, 1, 1, 1, 1}, {4, 1, .3, .5, 4, 0}, {5, 3, .6, 1, 2, 9}};
    struct attndyn_induction *model = make(cases[_i]);
    double lambda, z1;
    assert_ok(ctx, attndyn_induction_rate(ctx, model, &lambda, &z1));
    double c2 = attndyn_two_level_share((double)cases[_i].G, cases[_i].a);
    assert_relative(
        lambda,
        attndyn_induction_lambda((double)cases[_i].Q, c2, cases[_i].eta_y, cases[_i].eta_zeta),
        1e-12);
    assert_at_most(z1, 1e-14);
    if (_i == 0) assert_near(lambda, .04025382, 5e-9);
}

/* With z1 fixed the whole flow is the reduced one: numbers of an independent prototype at t = 300.
 */
TEST(reduced) {
    struct attndyn_induction *model = make((struct attndyn_induction_options){3, 2, .5, 2, .7, 0});
    const struct attndyn_induction_reduced small = {3, .5, 2, .7};
    struct attndyn_ode_problem problem = attndyn_induction_reduced_problem(&small);
    double *y = ATTNDYN_NEW(ctx, double, model->n), x[2] = {0, .01}, t = 300;
    for (size_t q = 0; q < 3; q++)
        for (size_t i = 0; i < 3; i++)
            y[model->at_zeta + q * model->M + i] = .01 * ((q == i) - 1. / 3);
    flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-15, 0, t, y);
    flow_on(ctx, &problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-15, 0, t, x);
    assert_near(x[ATTNDYN_INDUCTION_Y], 9.719083046, 1e-8);
    assert_near(x[ATTNDYN_INDUCTION_ALPHA], 4.782195962, 1e-8);
    const double *zeta = y + model->at_zeta;
    assert_near(zeta[0] - zeta[1], x[ATTNDYN_INDUCTION_ALPHA], 1e-9);
    assert_near(y[3 * 3] - y[3 * 3 + 1], x[ATTNDYN_INDUCTION_Y], 1e-9); /* row B_0 */
    double complex *theta = ATTNDYN_NEW(ctx, double complex, model->n);
    double complex *g = ATTNDYN_NEW(ctx, double complex, model->n);
    for (size_t k = 0; k < model->n; k++) theta[k] = y[k];
    assert_near(creal(attndyn_induction_gradient(model, theta, g)),
                attndyn_induction_reduced_loss(&small, x), 1e-10);
}

TEST(refused) {
    struct attndyn_induction *model;
    const struct attndyn_induction_options wrong[] = {
        {7, 1, .5, 1, 1, 1}, {3, 0, .5, 1, 1, 1}, {3, 1, .5, NAN, 1, 1}};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(attndyn_induction_create(ctx, &wrong[i], &model), ATTNDYN_USAGE);
}

TCASE(layers_induction) {
    with_a_context(tcase);
    tcase_add_test(tcase, gradient);
    tcase_add_loop_test(tcase, rate, 0, 4);
    tcase_add_tests(tcase, reduced, refused);
}
