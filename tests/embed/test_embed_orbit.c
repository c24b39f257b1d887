/* Orbit equivalence: the amplitude map against matrices, reference numbers, closed forms. */
#include "sim/model/embed/factors.h"
#include "sim/model/embed/orbit.h"
#include "sim/model/scansnap/original.h"
#include "sim/model/scansnap/reduced.h"
#include "sim/num/ode_until.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"
#include "theory/embed/orbit.h"

#include <string.h>

static struct attndyn_symmetric_family family(size_t K, size_t N) {
    static const double p[] = {1, .6, .3}, q[] = {.8, .5};
    struct attndyn_symmetric_family made;
    assert_ok(ctx, attndyn_family_create(ctx, K, N, p, 3, q, 2, &made));
    return made;
}

static struct attndyn_orbit *orbit(const struct attndyn_symmetric_family *data,
                                   struct attndyn_orbit_options options) {
    struct attndyn_orbit *model;
    assert_ok(ctx, attndyn_orbit_create(ctx, data, &options, &model));
    return model;
}

static void advance(const struct attndyn_ode_problem *problem, double from, double to, double *y,
                    enum attndyn_ode_method method) {
    struct attndyn_ode_problem plain = *problem;
    plain.events = 0, plain.event = NULL;
    flow_on(ctx, &plain, method, 1e-12, 1e-14, from, to, y);
}

static void until(struct attndyn_orbit *model, double w, double *y) {
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_BDF_DENSE);
    options.rtol = 1e-12, options.atol = 1e-24; /* w starts small where the factors are balanced */
    double far = 1e9, at;
    const struct attndyn_ode_observer observer = attndyn_ode_until(&at);
    model->target = w;
    assert_ok(ctx,
              attndyn_ode_solve(ctx, &model->problem, &options, 0, y, &far, 1, &observer, NULL));
}

/* Trained embeddings and attention through them, K = 4, one query, t = 200: numbers of an
 * independent prototype. */
TEST(reference_values) {
    static const double y_ref[] = {8.126371184281, 4.513549789286, 2.170518441486};
    static const double z_ref[] = {0.311890376640, 0.154121361884, 0.043066011926};
    static const double w_ref[] = {-1.240461833929, -0.795849167874};
    struct attndyn_symmetric_family data = family(4, 4);
    struct attndyn_orbit *model =
        orbit(&data, (struct attndyn_orbit_options){ATTNDYN_ORBIT_TIED, 0, 3, .7, 2, true,
                                                    ATTNDYN_ORBIT_T});
    double y[16], z[3], wg[2], decoder[3];
    struct attndyn_orbit_seen seen;
    attndyn_orbit_start(model, 0, y);
    advance(&model->problem, 0, 200, y, ATTNDYN_ODE_DOP853);
    attndyn_orbit_attention(model, y, z, wg);
    attndyn_orbit_decoder(model, y, decoder);
    attndyn_orbit_see(model, y, &seen);
    for (int j = 0; j < 3; j++) assert_near(decoder[j], y_ref[j], 1e-9);
    for (int j = 0; j < 3; j++) assert_near(z[j], z_ref[j], 1e-10);
    for (int g = 0; g < 2; g++) assert_near(wg[g], w_ref[g], 1e-10);
    assert_near(seen.Pi, 3.14694, 1e-5);
    assert_near(seen.stretch, 1.44592, 1e-5);
    assert_near(seen.Pi, attndyn_orbit_stretch(.7 / 3, seen.y), 1e-12);
    assert_near(seen.ln_t, log(200), 1e-11);
}

/* The direct kind is the reduced model of Scan&Snap, B included. */
TEST(direct_is_reduced) {
    struct attndyn_symmetric_family data = family(4, 2);
    struct attndyn_orbit *model =
        orbit(&data, (struct attndyn_orbit_options){ATTNDYN_ORBIT_DIRECT, 0, 3, 0, 2, false,
                                                    ATTNDYN_ORBIT_T});
    struct attndyn_reduced *reduced;
    const struct attndyn_reduced_options options = {.eta_y = 3, .eta_z = 2};
    assert_ok(ctx, attndyn_reduced_create(ctx, &data, &options, &reduced));
    double y[16], x[32] = {0};
    attndyn_orbit_start(model, 0, y);
    advance(&model->problem, 0, 50, y, ATTNDYN_ODE_DOP853);
    advance(&reduced->problem, 0, 50, x, ATTNDYN_ODE_DOP853);
    for (size_t j = 0; j < 3; j++) {
        assert_near(y[j] * 3 / 4, x[reduced->at_a + j], 1e-10);
        assert_near(y[model->at_z + j], x[reduced->at_z + j], 1e-10);
    }
    for (size_t g = 0; g < 2; g++) assert_near(y[model->at_wg + g], x[reduced->at_w + g], 1e-10);
    assert_near(y[model->at_B], x[reduced->at_B], 1e-9);
}

static const struct {
    enum attndyn_orbit_kind kind;
    size_t factors;
    double eta_u;
} kinds[] = {{ATTNDYN_ORBIT_CHAIN, 2, 1},  {ATTNDYN_ORBIT_CHAIN, 3, 10},
             {ATTNDYN_ORBIT_CHAIN, 4, .3}, {ATTNDYN_ORBIT_BALANCED, 3, 0},
             {ATTNDYN_ORBIT_TIED, 0, 1},   {ATTNDYN_ORBIT_TIED, 0, .1}};

/* At equal |w| the attention is that of the direct flow, in another clock. */
TEST(same_points) {
    struct attndyn_symmetric_family data = family(4, 2);
    double targets[] = {.5, 2, 8}, z[2][3], wg[2][2],
           small = kinds[_i].kind == ATTNDYN_ORBIT_BALANCED ? 1e-2 : 0;
    for (size_t i = 0; i < 3; i++) {
        for (int other = 0; other < 2; other++) {
            struct attndyn_orbit_options options = {
                other ? kinds[_i].kind : ATTNDYN_ORBIT_DIRECT,
                kinds[_i].factors,
                2,
                kinds[_i].eta_u,
                1,
                false,
                other ? ATTNDYN_ORBIT_SIGMA : ATTNDYN_ORBIT_PATH};
            double y[16];
            struct attndyn_orbit *model = orbit(&data, options);
            attndyn_orbit_start(model, small, y);
            until(model, targets[i], y);
            attndyn_orbit_attention(model, y, z[other], wg[other]);
        }
        /* balanced: its start is a power law in sigma, which costs digits */
        double tolerance = kinds[_i].kind == ATTNDYN_ORBIT_BALANCED ? 1e-8 : 1e-9;
        for (int j = 0; j < 3; j++) assert_near(z[0][j], z[1][j], tolerance);
        for (int g = 0; g < 2; g++) assert_near(wg[0][g], wg[1][g], tolerance);
    }
}

/* Whole matrices: gradient against differences; on the symmetric family they follow the chain of n
 * = a + b + 1. */
TEST(factors_gradient) {
    static const double p[3][4] = {{.4, .1, .3, .2}, {.1, .5, 0, .4}, {.3, .25, .45, 0}};
    static const size_t last[3] = {0, 1, 0};
    struct attndyn_distribution *data;
    struct attndyn_factors *model;
    assert_ok(ctx, attndyn_distribution_dense(ctx, 3, 4, &p[0][0], last, NULL, &data));
    const struct attndyn_factors_options options = {2, 1, .7, 1.3, .9};
    assert_ok(ctx, attndyn_factors_create(ctx, data, &options, &model));
    double *y = ATTNDYN_NEW(ctx, double, model->n), *dy = ATTNDYN_NEW(ctx, double, model->n);
    uint64_t seed = 3;
    attndyn_factors_start(model, y);
    for (size_t k = 0; k < model->n; k++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        y[k] += (double)(seed >> 11) / 9007199254740992. - 0.5;
    }
    ck_assert_int_eq(model->problem.rhs(0, y, dy, model), 0);
    for (size_t k = 0; k < model->n; k++) {
        double at = y[k], h = 1e-5, up, down;
        double rate = k >= model->at[4] ? .9 : k >= model->at[2] && k < model->at[3] ? 1.3 : .7;
        y[k] = at + h, up = attndyn_factors_loss(model, y);
        y[k] = at - h, down = attndyn_factors_loss(model, y);
        y[k] = at;
        assert_near(dy[k], -rate * (up - down) / (2 * h), 1e-9);
    }
}

TEST(factors_are_the_chain) {
    static const size_t before[] = {1, 0, 1}, behind[] = {0, 1, 2};
    struct attndyn_symmetric_family data = family(4, 2);
    struct attndyn_distribution *distribution;
    struct attndyn_factors *full;
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &data, ATTNDYN_COLUMNS_NEXT, &distribution));
    const struct attndyn_factors_options options = {before[_i], behind[_i], .7, 2, 1.5};
    assert_ok(ctx, attndyn_factors_create(ctx, distribution, &options, &full));
    struct attndyn_orbit *model = orbit(
        &data, (struct attndyn_orbit_options){ATTNDYN_ORBIT_CHAIN, before[_i] + behind[_i] + 1, 2,
                                              .7, 1.5, false, ATTNDYN_ORBIT_T});
    double *x = ATTNDYN_NEW(ctx, double, full->n), y[16], z[3], wg[2], decoder[3];
    double *state = ATTNDYN_NEW(ctx, double, full->flow->n);
    attndyn_factors_start(full, x);
    attndyn_orbit_start(model, 0, y);
    advance(&full->problem, 0, 20, x, ATTNDYN_ODE_DOP853);
    advance(&model->problem, 0, 20, y, ATTNDYN_ODE_DOP853);
    attndyn_factors_flow(full, x, state);
    attndyn_orbit_attention(model, y, z, wg);
    attndyn_orbit_decoder(model, y, decoder);
    const struct attndyn_flow *flow = full->flow;
    /* commons 0, 1; class 0 has tokens 2, 3, 4 */
    for (size_t g = 0; g < 2; g++) assert_near(state[flow->z_at + g], wg[g], 1e-10);
    for (size_t j = 0; j < 3; j++) {
        assert_near(state[flow->z_at + 2 + j], z[j], 1e-10);
        assert_near(state[(2 + j) * 4] - state[(2 + j) * 4 + 1], decoder[j], 1e-9);
    }
}

/* Tied embeddings are the original parameters with U trained, decoded over the classes; attention
 * through them too, with one query. */
TEST(tied_is_the_original) {
    struct attndyn_symmetric_family data = family(4, 4), wide = data;
    struct attndyn_distribution *distribution;
    struct attndyn_original *full;
    assert_ok(
        ctx, attndyn_distribution_symmetric(ctx, &wide, ATTNDYN_COLUMNS_VOCABULARY, &distribution));
    size_t M = distribution->tokens;
    const struct attndyn_original_options options = {.width = M,
                                                     .train_u = true,
                                                     .classes_only = true,
                                                     .eta_u = .7,
                                                     .eta_y = 3,
                                                     .eta_z = 2,
                                                     .seed = 1};
    assert_ok(ctx, attndyn_original_create(ctx, distribution, &options, &full));
    struct attndyn_orbit *model =
        orbit(&data, (struct attndyn_orbit_options){ATTNDYN_ORBIT_TIED, 0, 3, .7, 2, true,
                                                    ATTNDYN_ORBIT_T});
    double *x = ATTNDYN_NEW(ctx, double, full->n), y[16], z[3], wg[2], decoder[3];
    double *Y = ATTNDYN_NEW(ctx, double, M *M), *Z = ATTNDYN_NEW(ctx, double, M);
    memcpy(x, full->initial, full->n * sizeof *x);
    attndyn_orbit_start(model, 0, y);
    advance(&full->problem, 0, 20, x, ATTNDYN_ODE_DOP853);
    advance(&model->problem, 0, 20, y, ATTNDYN_ODE_DOP853);
    attndyn_original_matrices(full, x, Y, Z);
    attndyn_orbit_attention(model, y, z, wg);
    attndyn_orbit_decoder(model, y, decoder);
    size_t own = distribution->next_token[0], other = distribution->next_token[1];
    for (size_t g = 0; g < 2; g++) assert_near(Z[g], wg[g], 1e-10);
    for (size_t j = 0; j < 3; j++) {
        assert_near(Z[2 + j], z[j], 1e-10);
        assert_near(Y[(2 + j) * M + own] - Y[(2 + j) * M + other], decoder[j], 1e-9);
    }
    ck_assert_double_ge(fabs(wg[0]), 0.3);
}

TEST(closed_forms) {
    /* Frozen attention: |y| by the pole's formula. */
    struct attndyn_symmetric_family data = family(4, 4);
    struct attndyn_orbit *model =
        orbit(&data, (struct attndyn_orbit_options){ATTNDYN_ORBIT_TIED, 0, 3, .7, 0, false,
                                                    ATTNDYN_ORBIT_SIGMA});
    double y[16], own = 0, square = 0;
    for (int j = 0; j < 3; j++) own += data.p[j] * data.p[j];
    for (int g = 0; g < 2; g++) square += data.q[g] * data.q[g];
    own = sqrt(own / (own + square));
    struct attndyn_orbit_seen seen;
    for (int i = 1; i <= 3; i++) {
        double sigma = .3 * i;
        attndyn_orbit_start(model, 0, y);
        advance(&model->problem, 0, sigma, y, ATTNDYN_ODE_BDF_DENSE);
        attndyn_orbit_see(model, y, &seen);
        assert_relative(seen.y, attndyn_orbit_frozen(3, .7, own, sigma), 1e-9);
        assert_relative(attndyn_orbit_frozen_sigma(3, .7, own, seen.y), sigma, 1e-9);
    }
    ck_assert(isinf(attndyn_orbit_frozen(3, .7, own, 2)));
    assert_relative(attndyn_orbit_frozen(3, 0, own, 2), 6 * own, 1e-15);
    assert_relative(attndyn_orbit_frozen_sigma(3, 0, own, 6 * own), 2, 1e-15);
    for (double v = 1e-9; v < 1e9; v *= 10)
        assert_relative(attndyn_orbit_stretch(1, sqrt(v) * (1 + v)), 1 + v, 1e-14);
}

/* Late slopes dB/d ln |y| at |w| = 1e3: (D, G, N), n and, for the smallest set, numbers of an
 * independent prototype. */
static const struct {
    size_t D, G, N, n;
    double slope;
} late[] = {{1, 1, 2, 2, .166667}, {1, 1, 2, 3, .111112}, {1, 1, 2, 4, .083334},
            {3, 2, 2, 1, NAN},     {3, 2, 2, 2, NAN},     {3, 2, 2, 4, NAN}};

TEST(late_slopes) {
    static const double one[] = {1, .55, .1}, two[] = {1, 1};
    struct attndyn_symmetric_family data;
    size_t N = late[_i].N;
    assert_ok(ctx, attndyn_family_create(ctx, 2 * N, N, one, late[_i].D, two, late[_i].G, &data));
    struct attndyn_orbit *model =
        orbit(&data, (struct attndyn_orbit_options){ATTNDYN_ORBIT_CHAIN, late[_i].n, 10, 10, 1,
                                                    false, ATTNDYN_ORBIT_PATH});
    struct attndyn_orbit_seen seen;
    double y[16];
    attndyn_orbit_start(model, 0, y);
    until(model, 1e3, y);
    attndyn_orbit_see(model, y, &seen);
    if (!isnan(late[_i].slope)) assert_relative(seen.B_slope, late[_i].slope, 1e-4);
    assert_relative(
        seen.B_slope,
        attndyn_orbit_late((double)late[_i].D, (double)late[_i].G, (double)N, (double)late[_i].n),
        1e-2);
}

TEST(refused) {
    struct attndyn_symmetric_family data = family(4, 2);
    const struct attndyn_orbit_options wrong[] = {
        {ATTNDYN_ORBIT_TIED, 0, 1, 1, 1, true, ATTNDYN_ORBIT_T}, /* N < K */
        {ATTNDYN_ORBIT_CHAIN, 0, 1, 1, 1, false, ATTNDYN_ORBIT_T},
        {ATTNDYN_ORBIT_DIRECT, 0, 0, 1, 1, false, ATTNDYN_ORBIT_T},
        {ATTNDYN_ORBIT_DIRECT, 0, 1, NAN, 1, false, ATTNDYN_ORBIT_T}};
    struct attndyn_orbit *model;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(attndyn_orbit_create(ctx, &data, &wrong[i], &model), ATTNDYN_USAGE);
}

TCASE(embed_orbit) {
    with_a_context(tcase);
    tcase_add_tests(tcase, reference_values, direct_is_reduced);
    tcase_add_each(tcase, same_points, kinds);
    tcase_add_test(tcase, factors_gradient);
    tcase_add_loop_test(tcase, factors_are_the_chain, 0, 3);
    tcase_add_tests(tcase, tied_is_the_original, closed_forms);
    tcase_add_each(tcase, late_slopes, late);
    tcase_add_test(tcase, refused);
}
