/* Embeddings that learn below a norm, any data: gradient, conservation law, the reduced flow. */
#include "sim/model/embed/freeze.h"
#include "sim/model/embed/normed.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"

/* Three classes, two last tokens, unequal in every respect; width below the number of tokens. */
static struct attndyn_normed *irregular(double eta_u, double eta_b, double eta_z, size_t width) {
    static const double p[3][5] = {
        {.4, .1, .3, .2, 0}, {.1, .5, 0, .2, .2}, {.05, .25, .35, 0, .35}};
    static const size_t last[3] = {0, 1, 0};
    static const double weight[3] = {.5, .2, .3};
    struct attndyn_distribution *data;
    struct attndyn_normed *model;
    assert_ok(ctx, attndyn_distribution_dense(ctx, 3, 5, &p[0][0], last, weight, &data));
    const struct attndyn_normed_options options = {eta_u, eta_b, eta_z, width};
    assert_ok(ctx, attndyn_normed_create(ctx, data, &options, &model));
    return model;
}

static double *random_point(size_t n, uint64_t seed) {
    double *y = ATTNDYN_NEW(ctx, double, n);
    for (size_t k = 0; k < n; k++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        y[k] = 2 * ((double)(seed >> 11) / 9007199254740992. - 0.5);
    }
    return y;
}

TEST(gradient) {
    struct attndyn_normed *model = irregular(.7, 1.3, .4, 3);
    double *y = random_point(model->n, 5), *dy = ATTNDYN_NEW(ctx, double, model->n), h = 1e-5;
    ck_assert_int_eq(model->problem.rhs(0, y, dy, model), 0);
    for (size_t k = 0; k < model->n; k++) {
        double at = y[k], up, down, rate = k < model->at_B ? .7 : k < model->at_z ? 1.3 : .4;
        y[k] = at + h, up = attndyn_normed_loss(model, y);
        y[k] = at - h, down = attndyn_normed_loss(model, y);
        y[k] = at;
        assert_near(dy[k], -rate * (up - down) / (2 * h), 1e-9);
    }
    /* Bags have norm 1, and f |v| is the attended embedding: its gradient is orthogonal to f. */
    double f[9], norm[3];
    attndyn_normed_bags(model, y, f, norm);
    for (int n = 0; n < 3; n++)
        assert_near(hypot(hypot(f[3 * n], f[3 * n + 1]), f[3 * n + 2]), 1, 1e-15);
}

/* Every token keeps sum_m z_ml/eta_z - |u_l|^2/(2 eta_u); one query left out, it does not. */
TEST(token_law) {
    struct attndyn_normed *model = irregular(.7, 1.3, .4, 3);
    double *y = random_point(model->n, 9), start[5], end[5], moved = 0, one[5];
    attndyn_normed_law(model, y, start);
    for (size_t l = 0; l < 5; l++) one[l] = start[l] - y[model->at_z + 5 + l] / .4;
    flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-13, 1e-13, 0, 30, y);
    attndyn_normed_law(model, y, end);
    for (size_t l = 0; l < 5; l++) {
        assert_near(end[l], start[l], 1e-11);
        moved = fmax(moved, fabs(end[l] - y[model->at_z + 5 + l] / .4 - one[l]));
    }
    ck_assert_double_ge(moved, 1e-2);
}

/* From the orthonormal start the symmetric family's matrices do what freeze.h says. */
TEST(reduced) {
    double common = .3, distinct = .7, t[] = {1, 10, 1000};
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *data;
    struct attndyn_normed *full;
    assert_ok(ctx, attndyn_family_create(ctx, 3, 3, &distinct, 1, &common, 1, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_NEXT, &data));
    const struct attndyn_normed_options rates = {.5, 2, .8, 0};
    assert_ok(ctx, attndyn_normed_create(ctx, data, &rates, &full));
    const struct attndyn_freeze_timed timed = {{3, .3, .5 / .8}, 2, .8};
    struct attndyn_ode_problem problem = attndyn_freeze_timed_problem(&timed);
    double *y = ATTNDYN_NEW(ctx, double, full->n), x[ATTNDYN_FREEZE_STATES], at = 0;
    attndyn_normed_orthonormal(full, y);
    attndyn_freeze_start(&timed.model, x);
    for (int i = 0; i < 3; i++) {
        flow_on(ctx, &full->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-14, at, t[i], y);
        flow_on(ctx, &problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-14, at, t[i], x);
        at = t[i];
        assert_near(y[full->at_z], x[ATTNDYN_FREEZE_W], 1e-10);
        for (size_t l = 1; l < 4; l++)
            assert_near(y[full->at_z + l], -x[ATTNDYN_FREEZE_W] / 3, 1e-10);
        assert_near(attndyn_normed_loss(full, y), attndyn_freeze_timed_loss(&timed, x), 1e-10);
        struct attndyn_freeze_seen seen;
        attndyn_freeze_see(&timed.model, x, &seen);
        double norm2 = 0;
        for (size_t k = 0; k < full->d; k++) norm2 += y[k] * y[k];
        assert_near(norm2, seen.norm2_c, 1e-10);
    }
}

TEST(refused) {
    double p = 1;
    size_t last = 0;
    struct attndyn_distribution *data;
    struct attndyn_normed *model;
    assert_ok(ctx, attndyn_distribution_dense(ctx, 1, 1, &p, &last, NULL, &data));
    const struct attndyn_normed_options wrong = {1, NAN, 1, 0};
    ck_assert_int_eq(attndyn_normed_create(ctx, data, &wrong, &model), ATTNDYN_USAGE);
}

TCASE(embed_normed) {
    with_a_context(tcase);
    tcase_add_tests(tcase, gradient, token_law, reduced, refused);
}
