/* All of the original parameters learn: conserved forms, the closed flow of Y, Z and Gamma, the
 * Gram matrix as an algebraic function of them. */
#include "sim/model/embed/gram.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"
#include "theory/embed/balance.h"

#include <string.h>

enum { ETA_U = 0, ETA_V = 1, ETA_W = 2 };
static const double eta[] = {.7, 3, 2};

/* K = 4, two last tokens, one distinct token each and one common: M = 11. */
static struct attndyn_original *make(bool gaussian, bool separate, double sd, double eta_u) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *data;
    struct attndyn_original *model;
    assert_ok(ctx, attndyn_family_authors(ctx, 2, 2, 1, 1, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_VOCABULARY, &data));
    const struct attndyn_original_options options = {.width = 13,
                                                     .gaussian = gaussian,
                                                     .separate = separate,
                                                     .train_u = true,
                                                     .eta_u = eta_u,
                                                     .eta_y = eta[ETA_V],
                                                     .eta_z = eta[ETA_W],
                                                     .initial_sd = sd,
                                                     .seed = 2};
    assert_ok(ctx, attndyn_original_create(ctx, data, &options, &model));
    return model;
}

static void solve(const struct attndyn_ode_problem *problem, double *y, double t) {
    flow_on(ctx, problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-12, 0, t, y);
}

static double distance(size_t count, const double *a, const double *b) {
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* Random start, U with its own rate, W as one matrix or as two: the form is conserved although U
 * moves; with a wrong rate in the form it is not. */
TEST(conserved) {
    struct attndyn_original *model = make(_i & 1, _i & 2, .3, eta[ETA_U]);
    size_t M = model->tokens, d = model->options.width, square = d * d;
    double *y = ATTNDYN_NEW(ctx, double, model->n), *law[4], *heads[2];
    for (int i = 0; i < 4; i++) law[i] = ATTNDYN_NEW(ctx, double, square);
    for (int i = 0; i < 2; i++) heads[i] = ATTNDYN_NEW(ctx, double, square);
    memcpy(y, model->initial, model->n * sizeof *y);
    for (int end = 0; end < 2; end++) {
        const double *U = y + model->at_u, *W = y + model->at_w;
        for (int wrong = 0; wrong < 2; wrong++) {
            double w = wrong ? 1.1 * eta[ETA_W] : eta[ETA_W];
            if (_i & 2)
                attndyn_balance_apart(M, d, U, y, W, W + square, eta[ETA_U], eta[ETA_V], w,
                                      law[2 * end + wrong], heads[end]);
            else
                attndyn_balance_one(M, d, U, y, W, eta[ETA_U], eta[ETA_V], w, law[2 * end + wrong]);
        }
        if (end == 0) solve(&model->problem, y, 10);
    }
    assert_at_most(distance(square, law[0], law[2]), 1e-10);
    ck_assert_double_ge(distance(square, law[1], law[3]), 1e-4);
    ck_assert_double_ge(distance(M * d, y + model->at_u, model->initial + model->at_u), 0.1);
    if (_i & 2) assert_at_most(distance(square, heads[0], heads[1]), 1e-10);
}

TEST(closed_flow_and_gram) {
    struct attndyn_original *model = make(false, false, 0, eta[ETA_U]);
    struct attndyn_gram *gram;
    size_t M = model->tokens, d = model->options.width, square = M * M;
    assert_ok(ctx, attndyn_gram_create(ctx, model, eta[ETA_U], eta[ETA_V], eta[ETA_W], &gram));
    double *y = ATTNDYN_NEW(ctx, double, model->n), *x = ATTNDYN_NEW(ctx, double, gram->n);
    double *Y = ATTNDYN_NEW(ctx, double, square), *Z = ATTNDYN_NEW(ctx, double, 2 * M);
    double *residual = ATTNDYN_NEW(ctx, double, square),
           *work = ATTNDYN_NEW(ctx, double, 4 * square);
    memcpy(y, model->initial, model->n * sizeof *y);
    attndyn_gram_start(gram, x);
    solve(&model->problem, y, 8);
    solve(&gram->problem, x, 8);
    attndyn_original_matrices(model, y, Y, Z);
    const double *U = y + model->at_u, *gamma = x + 2 * square;
    const struct attndyn_distribution *data = model->flow->distribution;
    assert_at_most(distance(square, Y, x), 1e-9);
    for (size_t m = 0; m < 2; m++)
        assert_at_most(distance(M, Z + m * M, x + square + data->last_token[m] * M), 1e-9);
    double moved = 0;
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double sum = 0;
            for (size_t k = 0; k < d; k++) sum += U[i * d + k] * U[j * d + k];
            assert_near(gamma[i * M + j], sum, 1e-9);
            moved = fmax(moved, fabs(sum - (i == j)));
        }
    ck_assert_double_ge(moved, 0.5);
    ck_assert(attndyn_balance_gram(M, gamma, x, x + square, eta[ETA_U], eta[ETA_V], eta[ETA_W],
                                   residual, work));
    for (size_t k = 0; k < square; k++) assert_near(residual[k], 0, 1e-9);
    /* Without the W term, or with only the first order, the relation fails ... */
    ck_assert(
        attndyn_balance_gram(M, gamma, x, x + square, eta[ETA_U], eta[ETA_V], 1e9, residual, work));
    double off = 0;
    for (size_t k = 0; k < square; k++) off = fmax(off, fabs(residual[k]));
    ck_assert_double_ge(off, 1e-3);
    attndyn_balance_gram_early(M, x, x + square, eta[ETA_U], eta[ETA_V], eta[ETA_W], residual);
    off = 0;
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++)
            off = fmax(off, fabs(residual[i * M + j] - gamma[i * M + j] + (i == j)));
    ck_assert_double_ge(off, 0.5);
    /* ... but early the first order is enough. */
    attndyn_gram_start(gram, x);
    solve(&gram->problem, x, 0.3);
    attndyn_balance_gram_early(M, x, x + square, eta[ETA_U], eta[ETA_V], eta[ETA_W], residual);
    double size = 0;
    off = 0;
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double excess = gamma[i * M + j] - (i == j);
            size = fmax(size, fabs(excess));
            off = fmax(off, fabs(residual[i * M + j] - excess));
        }
    ck_assert(size > 1e-3 && off < 0.1 * size);
}

TEST(refused) {
    struct attndyn_original *model = make(false, false, 0, 1);
    struct attndyn_gram *gram;
    ck_assert_int_eq(attndyn_gram_create(ctx, model, -1, 1, 1, &gram), ATTNDYN_USAGE);
    double zero[4] = {0}, out[4], work[16];
    ck_assert(!attndyn_balance_gram(2, zero, zero, zero, 1, 1, 1, out, work));
}

TCASE(embed_gram) {
    with_a_context(tcase);
    tcase_add_loop_test(tcase, conserved, 0, 4);
    tcase_add_tests(tcase, closed_flow_and_gram, refused);
}
