/* sim/model/scansnap/original: its rates against differences of its loss, for every variant. */
#include "sim/model/scansnap/original.h"
#include "tests/fixture.h"

#include <string.h>

static struct attndyn_distribution *small(void) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_family_authors(ctx, 2, 2, 2, 2, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &d));
    return d;
}

TEST(rates_are_the_gradient) {
    for (int kind = 0; kind < 16; kind++) {
        struct attndyn_original *model;
        /* with U trained its rate is eta_y; equal rates make the whole a gradient */
        const struct attndyn_original_options options = {.width = 18,
                                                         .gaussian = kind & 1,
                                                         .separate = kind & 2,
                                                         .train_u = kind & 4,
                                                         .scaled = kind & 8,
                                                         .eta_y = 2,
                                                         .eta_z = 2,
                                                         .initial_sd = 0.4,
                                                         .seed = 3};
        assert_ok(ctx, attndyn_original_create(ctx, small(), &options, &model));
        double *rate = ATTNDYN_NEW(ctx, double, model->n), *y = model->initial;
        ck_assert_int_eq(model->problem.rhs(0, y, rate, model), 0);
        const double h = 1e-5;
        for (size_t i = 0; i < model->n; i += 7) {
            double at = y[i];
            y[i] = at + h;
            double up = attndyn_original_loss(model, y);
            y[i] = at - h;
            double down = attndyn_original_loss(model, y);
            y[i] = at;
            assert_near(rate[i], -2 * (up - down) / (2 * h), 2e-9);
        }
    }
}

TEST(matrices_by_definition) {
    struct attndyn_original *model;
    const struct attndyn_original_options options = {
        .width = 20, .separate = true, .scaled = true, .initial_sd = 0.4, .seed = 4};
    struct attndyn_distribution *d = small();
    assert_ok(ctx, attndyn_original_create(ctx, d, &options, &model));
    size_t M = d->tokens, w = 20;
    double *Y = ATTNDYN_NEW(ctx, double, M *M), *Z = ATTNDYN_NEW(ctx, double, 2 * M);
    attndyn_original_matrices(model, model->initial, Y, Z);
    const double *U = model->U, *WV = model->initial, *WQ = WV + w * w, *WK = WQ + w * w;
    for (size_t l = 0; l < M; l++)
        for (size_t k = 0; k < M; k++) {
            double inner = 0, value = 0, attention = 0;
            for (size_t i = 0; i < w; i++) {
                double q = 0, key = 0;
                inner += U[l * w + i] * U[k * w + i];
                for (size_t j = 0; j < w; j++) {
                    value += U[k * w + i] * WV[i * w + j] * U[l * w + j];
                    q += U[k * w + j] * WQ[j * w + i];
                    key += U[l * w + j] * WK[j * w + i];
                }
                attention += q * key;
            }
            assert_near(inner, l == k, 1e-14);
            assert_near(Y[l * M + k], value, 1e-13);
            for (size_t m = 0; m < 2; m++)
                if (d->last_token[m] == k) assert_near(Z[m * M + l], attention / sqrt(20), 1e-13);
        }
}

TEST(wrong_shapes_are_refused) {
    struct attndyn_original *model;
    struct attndyn_distribution *d = small();
    const struct attndyn_original_options narrow = {.width = 15},
                                          one = {.width = 20, .identity = 1};
    ck_assert_int_eq(attndyn_original_create(ctx, d, &narrow, &model), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_original_create(ctx, d, &one, &model), ATTNDYN_USAGE);
    d->next_token = NULL;
    ck_assert_int_eq(attndyn_original_create(ctx, d, &one, &model), ATTNDYN_USAGE);
}

TCASE(original) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, rates_are_the_gradient, matrices_by_definition,
                    wrong_shapes_are_refused);
}
