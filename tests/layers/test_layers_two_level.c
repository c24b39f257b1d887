/* Two layers on a two-level tree: gradient against differences, the plateau, its rate. */
#include "sim/base/random.h"
#include "sim/model/layers/two_level.h"
#include "tests/fixture.h"
#include "theory/layers/two_level.h"

#include <string.h>

static struct attndyn_two_level *make(struct attndyn_two_level_options options) {
    struct attndyn_two_level *model;
    assert_ok(ctx, attndyn_two_level_create(ctx, &options, &model));
    return model;
}

static double *random_point(const struct attndyn_two_level *model, uint64_t seed) {
    double *y = ATTNDYN_NEW(ctx, double, model->n);
    for (size_t k = 0; k < model->n; k++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        y[k] = (double)(seed >> 11) / 9007199254740992. - 0.5;
    }
    return y;
}

/* The loss again, written down directly in real numbers. */
static double direct(const struct attndyn_two_level *m, const double *y) {
    size_t Q = m->options.Q, G = m->options.G, M = m->M;
    double a = m->options.a, loss = 0;
    const double *Y = y, *zeta = y + M * Q, *z1 = zeta + M;
    double *x = ATTNDYN_NEW(ctx, double, Q *Q *M), *f = ATTNDYN_NEW(ctx, double, M);
    for (size_t i = 0; i < Q; i++)
        for (size_t j = 0; j < Q; j++) {
            double *v = x + (i * Q + j) * M, norm = 0;
            v[i] = a / 2 * exp(z1[i]);
            v[Q + j] = a / 2 * exp(z1[Q + j]);
            for (size_t g = 2 * Q; g < M; g++) v[g] = (1 - a) / (double)G * exp(z1[g]);
            for (size_t l = 0; l < M; l++) norm += v[l] * v[l];
            for (size_t l = 0; l < M; l++) v[l] /= sqrt(norm);
        }
    for (size_t n = 0; n < Q; n++) {
        double total = 0, norm = 0, correct = 0;
        memset(f, 0, M * sizeof *f);
        for (size_t i = 0; i < Q; i++) {
            const double *v = x + (i * Q + (i + n) % Q) * M;
            double score = 0;
            for (size_t l = 0; l < M; l++) score += zeta[l] * v[l];
            for (size_t l = 0; l < M; l++) f[l] += exp(score) * v[l];
        }
        for (size_t l = 0; l < M; l++) norm += f[l] * f[l];
        for (size_t k = 0; k < Q; k++) {
            double logit = 0;
            for (size_t l = 0; l < M; l++) logit += Y[l * Q + k] * f[l] / sqrt(norm);
            total += exp(logit);
            if (k == n) correct = logit;
        }
        loss += (log(total) - correct) / (double)Q;
    }
    if (m->options.local_weight > 0)
        for (size_t i = 0; i < Q; i++)
            for (size_t j = 0; j < Q; j++)
                for (int task = 0; task < 2; task++) {
                    const double *D = y + (task ? m->at_B : m->at_A);
                    double total = 0, correct = 0;
                    for (size_t k = 0; k < Q; k++) {
                        double logit = 0;
                        for (size_t l = 0; l < M; l++)
                            logit += D[l * Q + k] * x[(i * Q + j) * M + l];
                        total += exp(logit);
                        if (k == (task ? j : i)) correct = logit;
                    }
                    loss += m->options.local_weight * (log(total) - correct) / (double)(Q * Q);
                }
    return loss;
}

static const struct attndyn_two_level_options shapes[] = {
    {2, 0, 1, 2, .7, 1.3, 0}, {3, 2, .5, 2, .7, 1.3, 0}, {3, 4, .25, 1, 2, 3, .3}};

TEST(gradient) {
    struct attndyn_two_level *model = make(shapes[_i]);
    double *y = random_point(model, 7), h = 1e-5, *rates = ATTNDYN_NEW(ctx, double, model->n);
    double complex *theta = ATTNDYN_NEW(ctx, double complex, model->n);
    double complex *g = ATTNDYN_NEW(ctx, double complex, model->n);
    for (size_t k = 0; k < model->n; k++) theta[k] = y[k];
    double loss = creal(attndyn_two_level_gradient(model, theta, g));
    assert_near(loss, direct(model, y), 1e-14);
    ck_assert_int_eq(model->problem.rhs(0, y, rates, model), 0);
    for (size_t k = 0; k < model->n; k++) {
        double at = y[k], up, down;
        y[k] = at + h, up = direct(model, y);
        y[k] = at - h, down = direct(model, y);
        y[k] = at;
        assert_near(rates[k], -model->rate[k] * (up - down) / (2 * h), 2e-10);
        /* The same by a complex step through the loss. */
        theta[k] += 1e-30 * _Complex_I;
        double step = cimag(attndyn_two_level_gradient(model, theta, g)) / 1e-30;
        assert_near(rates[k], -model->rate[k] * step, 1e-15);
        theta[k] = at;
    }
    struct attndyn_two_level_seen seen;
    attndyn_two_level_see(model, y, &seen);
    assert_near(seen.loss + model->options.local_weight * seen.loss_local, loss, 1e-14);
}

/* Q, G, a with eta_Y, eta_zeta, eta_1 = 2, .7, 1.3: numbers of an independent prototype. */
static const double reference[][4] = {{2, 0, 1, .4107919181289},
                                      {2, 2, .5, .1461306493063},
                                      {3, 2, .5, .0843685697138},
                                      {5, 1, .7, .0778492004064},
                                      {4, 7, .05, .000715832804668133}};

TEST(top_rate) {
    const double *r = reference[_i];
    struct attndyn_two_level *model =
        make((struct attndyn_two_level_options){(size_t)r[0], (size_t)r[1], r[2], 2, .7, 1.3, 0});
    double c2 = attndyn_two_level_share(r[1], r[2]);
    double closed = attndyn_two_level_lambda(r[0], c2, 2, .7, 1.3);
    struct attndyn_two_level_rates rates;
    assert_ok(ctx, attndyn_two_level_linearise(ctx, model, &rates));
    assert_near(closed, r[3], 6e-14); /* printed to 13 decimals */
    assert_relative(rates.lambda, closed, 1e-13);
    ck_assert_uint_eq(rates.multiplicity, 2 * ((size_t)r[0] - 1));
    assert_at_most(rates.within, 1e-13);
    assert_at_most(rates.along, 1e-13);
    assert_at_most(rates.other, 1e-6);
    /* The whole Hessian says the same: no other direction grows faster. */
    double *y = ATTNDYN_NEW(ctx, double, model->n), *all = ATTNDYN_NEW(ctx, double, model->n);
    assert_ok(ctx, attndyn_two_level_spectrum(ctx, model, y, all));
    assert_relative(all[model->n - 1], closed, 1e-12);
    assert_relative(all[model->n - 2 * ((size_t)r[0] - 1)], closed, 1e-12);
    struct attndyn_two_level_seen seen;
    attndyn_two_level_see(model, y, &seen);
    assert_near(seen.c2, c2, 1e-15);
    assert_near(seen.loss, log(r[0]), 1e-15);
}

/* Rates of very different sizes, with one channel closed. */
TEST(channels) {
    const double rates[][3] = {{1e4, 1e-3, 0}, {1e-3, 0, 1e4}, {50, 20, 1e-6}};
    for (size_t i = 0; i < 3; i++) {
        struct attndyn_two_level *model = make(
            (struct attndyn_two_level_options){4, 3, .3, rates[i][0], rates[i][1], rates[i][2], 0});
        struct attndyn_two_level_rates seen;
        assert_ok(ctx, attndyn_two_level_linearise(ctx, model, &seen));
        assert_relative(seen.lambda,
                        attndyn_two_level_lambda(4, attndyn_two_level_share(3, .3), rates[i][0],
                                                 rates[i][1], rates[i][2]),
                        1e-12);
        double *y = ATTNDYN_NEW(ctx, double, model->n), *all = ATTNDYN_NEW(ctx, double, model->n);
        assert_ok(ctx, attndyn_two_level_spectrum(ctx, model, y, all));
        /* Beside eigenvalues of size eta_Y/Q the top one keeps fewer digits. */
        assert_near(all[model->n - 1], seen.lambda, 1e-13 * rates[i][0] + 1e-13 * seen.lambda);
    }
}

TEST(refused) {
    const struct attndyn_two_level_options wrong[] = {
        {1, 2, .5, 1, 1, 1, 0}, {2, 0, .5, 1, 1, 1, 0},  {2, 1, 1, 1, 1, 1, 0},
        {2, 2, 0, 1, 1, 1, 0},  {2, 2, .5, -1, 1, 1, 0}, {2, 2, .5, 1, 1, 1, NAN}};
    struct attndyn_two_level *model;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(attndyn_two_level_create(ctx, &wrong[i], &model), ATTNDYN_USAGE);
}

TCASE(layers_two_level) {
    with_a_context(tcase);
    tcase_add_each(tcase, gradient, shapes);
    tcase_add_each(tcase, top_rate, reference);
    tcase_add_tests(tcase, channels, refused);
}
