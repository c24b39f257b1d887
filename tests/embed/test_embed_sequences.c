/* One attention layer with trained values: gradient, the token law and where it fails. */
#include "sim/model/embed/sequences.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"

#include <string.h>

static struct attndyn_sequences *make(bool exponential, enum attndyn_sequences_norm norm,
                                      size_t heads, size_t hidden, size_t queries) {
    const struct attndyn_sequences_options options = {.tokens = 6,
                                                      .queries = queries,
                                                      .outputs = 4,
                                                      .width = 5,
                                                      .heads = heads,
                                                      .hidden = hidden,
                                                      .context = 7,
                                                      .count = 12,
                                                      .exponential = exponential,
                                                      .norm = norm,
                                                      .eta_u = .7,
                                                      .eta_z = 1.3,
                                                      .eta_w = .9,
                                                      .spread = .4,
                                                      .seed = 3};
    struct attndyn_sequences *model;
    assert_ok(ctx, attndyn_sequences_create(ctx, &options, &model));
    return model;
}

enum { NORMS = ATTNDYN_SEQUENCES_INSIDE + 1 };

TEST(gradient) {
    struct attndyn_sequences *model =
        make(_i >= NORMS, (enum attndyn_sequences_norm)(_i % NORMS), 2, _i % 3 ? 3 : 0, 2);
    double *y = ATTNDYN_NEW(ctx, double, model->n), *g = ATTNDYN_NEW(ctx, double, model->n);
    double *scrap = ATTNDYN_NEW(ctx, double, model->n), *dy = ATTNDYN_NEW(ctx, double, model->n);
    memcpy(y, model->initial, model->n * sizeof *y);
    attndyn_sequences_gradient(model, y, NULL, 0, g);
    ck_assert_int_eq(model->problem.rhs(0, y, dy, model), 0);
    for (size_t k = 0; k < model->n; k++) {
        double at = y[k], h = 1e-5, up, down;
        y[k] = at + h, up = attndyn_sequences_gradient(model, y, NULL, 0, scrap);
        y[k] = at - h, down = attndyn_sequences_gradient(model, y, NULL, 0, scrap);
        y[k] = at;
        assert_near(g[k], -(up - down) / (2 * h), 1e-9);
        assert_near(dy[k], attndyn_sequences_rate(model, k) * g[k], 1e-15);
    }
}

/* The largest drift of sum z/eta_z - |u|^2/(2 eta_u) over the flow. */
static double drift(struct attndyn_sequences *model, double *moved) {
    double *y = ATTNDYN_NEW(ctx, double, model->n), z0[6], u0[6], z1[6], u1[6], most = 0;
    memcpy(y, model->initial, model->n * sizeof *y);
    attndyn_sequences_tokens(model, y, z0, u0);
    flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-12, 0, 10, y);
    attndyn_sequences_tokens(model, y, z1, u1);
    *moved = 0;
    for (size_t l = 0; l < 6; l++) {
        *moved = fmax(*moved, fabs(z1[l] - z0[l]));
        most = fmax(most, fabs((z1[l] - z0[l]) / 1.3 - (u1[l] - u0[l]) / (2 * .7)));
    }
    return most;
}

static const struct {
    bool exponential, kept;
    enum attndyn_sequences_norm norm;
    size_t heads, queries;
} laws[] = {
    {false, true, ATTNDYN_SEQUENCES_L2, 1, 2},     {false, true, ATTNDYN_SEQUENCES_RMS, 2, 3},
    {false, true, ATTNDYN_SEQUENCES_AFTER, 1, 2},  {true, true, ATTNDYN_SEQUENCES_L2, 1, 2},
    {true, true, ATTNDYN_SEQUENCES_NONE, 1, 2},    {true, true, ATTNDYN_SEQUENCES_RESIDUAL, 2, 1},
    {false, false, ATTNDYN_SEQUENCES_NONE, 1, 2},  {false, false, ATTNDYN_SEQUENCES_INSIDE, 1, 2},
    {false, false, ATTNDYN_SEQUENCES_JOINT, 2, 2}, {true, true, ATTNDYN_SEQUENCES_INSIDE, 1, 2},
    {true, true, ATTNDYN_SEQUENCES_JOINT, 2, 2}};

TEST(token_law) {
    double moved;
    double d = drift(make(laws[_i].exponential, laws[_i].norm, laws[_i].heads, 4, laws[_i].queries),
                     &moved);
    ck_assert_double_ge(moved, 0.05);
    if (laws[_i].kept)
        assert_at_most(d, 1e-10);
    else
        ck_assert_double_ge(d, 1e-3);
}

/* SGD: the law drifts by -|step|^2/(2 eta_u) and nothing else. */
TEST(ledger) {
    struct attndyn_sequences *model = make(false, ATTNDYN_SEQUENCES_L2, 2, 3, 2);
    double *y = ATTNDYN_NEW(ctx, double, model->n), squares[6] = {0}, z0[6], u0[6], z1[6], u1[6];
    memcpy(y, model->initial, model->n * sizeof *y);
    attndyn_sequences_tokens(model, y, z0, u0);
    for (size_t s = 0; s < 200; s++) {
        size_t batch[3] = {s % 12, (5 * s + 1) % 12, (7 * s + 2) % 12};
        attndyn_sequences_step(model, y, .1, batch, 3, squares);
    }
    attndyn_sequences_tokens(model, y, z1, u1);
    for (size_t l = 0; l < 6; l++) {
        double d = (z1[l] - z0[l]) / 1.3 - (u1[l] - u0[l]) / (2 * .7);
        ck_assert_double_ge(fabs(d), 1e-5);
        assert_near(d, -squares[l] / (2 * .7), 1e-13);
    }
}

TEST(starts) {
    struct attndyn_sequences_options options =
        make(false, ATTNDYN_SEQUENCES_AFTER, 1, 0, 2)->options;
    struct attndyn_sequences *model;
    options.orthonormal = true;
    ck_assert_int_eq(attndyn_sequences_create(ctx, &options, &model), ATTNDYN_USAGE);
    options.width = 8;
    assert_ok(ctx, attndyn_sequences_create(ctx, &options, &model));
    for (size_t a = 0; a < 8; a++)
        for (size_t b = 0; b < 8; b++) {
            const double *x = model->initial,
                         *ua = a < 6 ? x + a * 8 : x + model->at_E + (a - 6) * 8;
            const double *ub = b < 6 ? x + b * 8 : x + model->at_E + (b - 6) * 8;
            double dot = 0;
            for (size_t k = 0; k < 8; k++) dot += ua[k] * ub[k];
            assert_near(dot, a == b, 1e-15);
        }
    options.eta_u = -1;
    ck_assert_int_eq(attndyn_sequences_create(ctx, &options, &model), ATTNDYN_USAGE);
    options.eta_u = 1, options.outputs = 1;
    ck_assert_int_eq(attndyn_sequences_create(ctx, &options, &model), ATTNDYN_USAGE);
}

TCASE(embed_sequences) {
    with_a_context(tcase);
    tcase_add_loop_test(tcase, gradient, 0, 2 * NORMS);
    tcase_add_each(tcase, token_law, laws);
    tcase_add_tests(tcase, ledger, starts);
}
