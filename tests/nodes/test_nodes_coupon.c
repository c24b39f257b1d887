/* The committee: gradient, blow-up, the joint flow's rescue; coupon collecting. */
#include "sim/base/random.h"
#include "sim/model/joma/folded.h"
#include "sim/model/nodes/committee.h"
#include "sim/num/ode_until.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"
#include "theory/nodes/coupon.h"

#include <string.h>

static double uniform(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return 2 * (double)(*seed >> 11) / 9007199254740992. - 1;
}

TEST(gradient) {
    static const double S[] = {1, .5, 2};
    struct attndyn_committee *model;
    double v[12], dv[12], h = 1e-5;
    uint64_t seed = 4;
    assert_ok(ctx, attndyn_committee_create(ctx, 4, 3, S, true, &model));
    for (int i = 0; i < 12; i++) v[i] = uniform(&seed);
    ck_assert_int_eq(model->problem.rhs(0, v, dv, model), 0);
    for (int i = 0; i < 12; i++) {
        double at = v[i], up, down;
        v[i] = at + h, up = attndyn_committee_loss(model, v);
        v[i] = at - h, down = attndyn_committee_loss(model, v);
        v[i] = at;
        assert_near(dv[i], -(up - down) / (2 * h), 1e-8);
    }
    /* A node on each latent, of length S^(1/3), is the target: loss 0, all found. */
    memset(v, 0, sizeof v);
    for (int c = 0; c < 3; c++) v[3 * c + c] = cbrt(S[c]);
    assert_near(attndyn_committee_loss(model, v), 0, 1e-15);
    ck_assert_uint_eq(attndyn_committee_found(model, v, NULL), 3);
    v[8] = 0;
    ck_assert_uint_eq(attndyn_committee_found(model, v, NULL), 2);
}

/* An independent node blows up along argmax S v(0), at 1/(3 S v). */
TEST(blow_up) {
    static const double S[] = {1, .5, 2};
    double v[] = {.1, .3, .06}, start[3], t = 100, at;
    struct attndyn_committee *model;
    memcpy(start, v, sizeof v);
    assert_ok(ctx, attndyn_committee_create(ctx, 1, 3, S, false, &model));
    ck_assert_uint_eq(attndyn_coupon_winner(3, S, start), 1);
    assert_relative(attndyn_coupon_time(3, S, start), 1 / .45, 1e-15);
    model->escaped = 1e4;
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_DOP853);
    const struct attndyn_ode_observer until = attndyn_ode_until(&at);
    assert_ok(ctx, attndyn_ode_solve(ctx, &model->problem, &options, 0, v, &t, 1, &until, NULL));
    /* what is left from 1e4 to infinity: 1/(3 S 1e4) */
    assert_near(at + 1 / (3 * .5 * 1e4), attndyn_coupon_time(3, S, start), 1e-8);
    ck_assert(v[1] > 9e3 && v[0] < 10 && v[2] < 10);
    static const double dead[] = {-.1, -.2, -.3};
    ck_assert_uint_eq(attndyn_coupon_winner(3, S, dead), 3);
    ck_assert(isinf(attndyn_coupon_time(3, S, dead)));
}

/* C = 6: the numbers of an independent prototype, and a count. */
TEST(coupons) {
    static const struct {
        size_t K;
        double all;
    } at[] = {{6, .014}, {9, .179}, {12, .423}, {18, .773}, {24, .920}};
    double alive = attndyn_coupon_alive(6);
    assert_near(alive, 63. / 64, 1e-16);
    for (size_t i = 0; i < 5; i++)
        assert_near(attndyn_coupon_all(6, at[i].K, alive), at[i].all, 6e-4);
    assert_near(attndyn_coupon_all(11, 22, 1), .180, 5e-4);
    assert_near(attndyn_coupon_all(11, 44, 1), .842, 5e-4);
    assert_near(attndyn_coupon_all(11, 66, 1), .980, 5e-4);
    assert_near(attndyn_coupon_all(3, 2, 1), 0, 1e-15);
    assert_near(attndyn_coupon_all(3, 3, 1), 6. / 27, 1e-15);
    assert_near(attndyn_coupon_mean(6), 14.7, 1e-12);
    /* by counting */
    static const double S[] = {1, 1, 1, 1, 1, 1};
    struct attndyn_random random;
    double hits = 0, runs = 4000, v[6];
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 7));
    for (int r = 0; r < (int)runs; r++) {
        unsigned found = 0;
        for (int k = 0; k < 12; k++) {
            for (int c = 0; c < 6; c++) v[c] = attndyn_random_normal(&random);
            size_t winner = attndyn_coupon_winner(6, S, v);
            if (winner < 6) found |= 1u << winner;
        }
        hits += found == 63;
    }
    attndyn_random_done(&random);
    double expected = attndyn_coupon_all(6, 12, alive);
    assert_near(hits / runs, expected, 4 * sqrt(expected * (1 - expected) / runs));
}

/* Linear nodes with one attention: rotating the nodes rotates the flow; nonlinear ones do not. */
TEST(rotation) {
    double delta[12], V[12], turned_delta[12], turned[12], t = .4, angle = .7;
    double R[3][3] = {{cos(angle), sin(angle), 0}, {-sin(angle), cos(angle), 0}, {0, 0, 1}};
    uint64_t seed = 8;
    for (int i = 0; i < 12; i++) delta[i] = uniform(&seed), V[i] = .3 * uniform(&seed);
    for (int l = 0; l < 4; l++)
        for (int k = 0; k < 3; k++) {
            turned_delta[3 * l + k] = turned[3 * l + k] = 0;
            for (int j = 0; j < 3; j++) {
                turned_delta[3 * l + k] += delta[3 * l + j] * R[j][k];
                turned[3 * l + k] += V[3 * l + j] * R[j][k];
            }
        }
    struct attndyn_joma_folded model = {.tokens = 4,
                                        .nodes = 3,
                                        .delta = delta,
                                        .eta_w = 1,
                                        .rho = 1,
                                        .form = ATTNDYN_JOMA_SHARED,
                                        .stop_at = 30,
                                        .t_end = INFINITY,
                                        .cap = 700};
    struct attndyn_joma_folded other = model;
    other.delta = turned_delta;
    assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &model));
    assert_ok(ctx, attndyn_joma_folded_prepare(ctx, &other));
    struct attndyn_ode_problem a = attndyn_joma_folded_problem(&model);
    struct attndyn_ode_problem b = attndyn_joma_folded_problem(&other);
    a.events = b.events = 0, a.event = b.event = NULL;
    flow_on(ctx, &a, ATTNDYN_ODE_DOP853, 1e-12, 1e-12, 0, t, V);
    flow_on(ctx, &b, ATTNDYN_ODE_DOP853, 1e-12, 1e-12, 0, t, turned);
    for (int l = 0; l < 4; l++)
        for (int k = 0; k < 3; k++) {
            double sum = 0;
            for (int j = 0; j < 3; j++) sum += V[3 * l + j] * R[j][k];
            assert_near(turned[3 * l + k], sum, 1e-10);
        }
}

TEST(refused) {
    static const double S[] = {1, 0};
    struct attndyn_committee *model;
    ck_assert_int_eq(attndyn_committee_create(ctx, 0, 1, S, true, &model), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_committee_create(ctx, 1, 2, S, true, &model), ATTNDYN_USAGE);
}

TCASE(nodes_coupon) {
    with_a_context(tcase);
    tcase_add_tests(tcase, gradient, blow_up, coupons, rotation, refused);
}
