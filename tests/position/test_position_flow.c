/* Position logits: gradient, conserved sums, the position law, the reduced models. */
#include "sim/model/position/compete.h"
#include "sim/model/position/flow.h"
#include "sim/model/position/order.h"
#include "sim/model/position/previous.h"
#include "tests/fixture.h"
#include "tests/num/flow.h"
#include "theory/position/laws.h"

#include <string.h>

static double uniform(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(*seed >> 11) / 9007199254740992.;
}

/* 3 classes, 2 queries, 5 tokens, 4 buckets; buckets 2 and 3 with the same laws where `alike`. */
static struct attndyn_placed *irregular(bool alike) {
    struct attndyn_placed *d;
    uint64_t seed = 11;
    assert_ok(ctx, attndyn_placed_create(ctx, 3, 5, 4, &d));
    const double weights[] = {.5, .2, .3}, shares[] = {.4, .3, .2, .1};
    memcpy(d->class_probability, weights, sizeof weights);
    memcpy(d->share, shares, sizeof shares);
    d->query[1] = 1;
    for (size_t r = 0; r < 4; r++)
        for (size_t n = 0; n < 3; n++) {
            double *p = attndyn_placed_law(d, r, n), sum = 0;
            if (alike && r == 2) {
                memcpy(p, attndyn_placed_law(d, 1, n), 5 * sizeof *p);
                continue;
            }
            for (size_t l = 0; l < 5; l++) sum += p[l] = (l + n + r) % 4 ? uniform(&seed) : 0;
            for (size_t l = 0; l < 5; l++) p[l] /= sum;
        }
    assert_ok(ctx, attndyn_placed_complete(ctx, d));
    return d;
}

static struct attndyn_positions *make(const struct attndyn_placed *data,
                                      struct attndyn_positions_options options) {
    struct attndyn_positions *model;
    assert_ok(ctx, attndyn_positions_create(ctx, data, &options, &model));
    return model;
}

static void solve(const struct attndyn_ode_problem *problem, double *y, double t) {
    flow_on(ctx, problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-14, 0, t, y);
}

TEST(gradient) {
    static const struct attndyn_positions_options codes[] = {
        {.7, 1.3, .9, false, ATTNDYN_POSITION_FREE, 0, 0},
        {.7, 1.3, .9, true, ATTNDYN_POSITION_FREE, 0, 0},
        {.7, 1.3, .9, false, ATTNDYN_POSITION_SLOPE, 0, 0},
        {.7, 1.3, .9, true, ATTNDYN_POSITION_SINUSOIDS, 3, 100},
        {.7, 1.3, .9, false, ATTNDYN_POSITION_SINUSOIDS, 2, 0}};
    struct attndyn_positions *model = make(irregular(false), codes[_i]);
    double *y = ATTNDYN_NEW(ctx, double, model->n), *dy = ATTNDYN_NEW(ctx, double, model->n);
    uint64_t seed = 5;
    for (size_t k = 0; k < model->n; k++) y[k] = 2 * uniform(&seed) - 1;
    ck_assert_int_eq(model->problem.rhs(0, y, dy, model), 0);
    for (size_t k = 0; k < model->n; k++) {
        double at = y[k], h = 1e-5, up, down;
        double rate = k < model->at_z ? .7 : k < model->at_p ? 1.3 : .9;
        y[k] = at + h, up = attndyn_positions_loss(model, y);
        y[k] = at - h, down = attndyn_positions_loss(model, y);
        y[k] = at;
        assert_near(dy[k], -rate * (up - down) / (2 * h), 1e-8);
    }
    double buckets[4], tokens[5], all = 0, total = 0;
    attndyn_positions_attention(model, y, 1, buckets, tokens);
    for (int r = 0; r < 4; r++) all += buckets[r];
    for (int l = 0; l < 5; l++) total += tokens[l];
    assert_near(all, 1, 1e-15);
    assert_near(total, 1, 1e-15);
}

/* sum_r p_r and every sum_l z_ml stay; buckets of the same laws keep (1 - e^-p)/pi alike, others do
 * not; where all buckets have the same laws p never moves. */
TEST(conserved) {
    struct attndyn_placed *data = irregular(true);
    struct attndyn_positions *model = make(
        data, (struct attndyn_positions_options){2, 1, 1.5, false, ATTNDYN_POSITION_FREE, 0, 0});
    double *y = ATTNDYN_NEW(ctx, double, model->n), p[4], law[4], sum = 0;
    solve(&model->problem, y, 50);
    attndyn_positions_logits(model, y, 0, p);
    for (size_t r = 0; r < 4; r++) {
        sum += p[r];
        law[r] = attndyn_position_law(0, p[r], data->share[r]);
    }
    assert_near(sum, 0, 1e-11);
    ck_assert_double_ge(fabs(p[1]), 1e-2);
    assert_relative(law[2], law[1], 1e-9);
    ck_assert_double_ge(fabs(law[3] / law[1] - 1), 0.1);
    for (size_t m = 0; m < 2; m++) {
        sum = 0;
        for (size_t l = 0; l < 5; l++) sum += y[model->at_z + m * 5 + l];
        assert_near(sum, 0, 1e-11);
    }
    for (size_t r = 1; r < 4; r++)
        memcpy(attndyn_placed_law(data, r, 0), attndyn_placed_law(data, 0, 0), 15 * sizeof(double));
    memset(y, 0, model->n * sizeof *y);
    solve(&model->problem, y, 50);
    for (size_t r = 0; r < 4; r++) assert_near(y[model->at_p + r], 0, 1e-13);
    ck_assert_double_ge(fabs(y[model->at_z]), 1e-3);
}

TEST(early) {
    struct attndyn_placed *data = irregular(false);
    struct attndyn_positions *model = make(
        data, (struct attndyn_positions_options){2, 1, 1.5, false, ATTNDYN_POSITION_FREE, 0, 0});
    double *y = ATTNDYN_NEW(ctx, double, model->n), R[4], work[20], t = 1e-3;
    attndyn_position_early(4, 3, 5, data->share, data->class_probability, data->probability, work,
                           R);
    solve(&model->problem, y, t);
    for (size_t r = 0; r < 4; r++)
        assert_relative(y[model->at_p + r], 2 * 1.5 * t * t / 2 * R[r], 2e-3);
}

/* The order task is order.h, z = 0; a common pair, not a common token, is suppressed. */
TEST(order) {
    struct attndyn_placed *d;
    assert_ok(ctx, attndyn_placed_create(ctx, 2, 2, 2, &d));
    d->share[0] = .6, d->share[1] = .4;
    for (size_t n = 0; n < 2; n++)
        for (size_t r = 0; r < 2; r++) attndyn_placed_law(d, r, n)[(n + r) % 2] = 1;
    assert_ok(ctx, attndyn_placed_complete(ctx, d));
    struct attndyn_positions *model =
        make(d, (struct attndyn_positions_options){2, 3, .5, false, ATTNDYN_POSITION_FREE, 0, 0});
    double *y = ATTNDYN_NEW(ctx, double, model->n), x[2] = {0, attndyn_order_X(.2, .4)}, t = 20;
    y[model->at_p] = .1, y[model->at_p + 1] = -.1;
    solve(&model->problem, y, t);
    const struct attndyn_order reduced = {2, .5, x[1]};
    struct attndyn_ode_problem problem = attndyn_order_problem(&reduced);
    problem.events = 0, problem.event = NULL;
    solve(&problem, x, t);
    struct attndyn_order_seen seen;
    attndyn_order_see(x, &seen);
    assert_near(attndyn_positions_loss(model, y), seen.loss, 1e-11);
    assert_near(y[model->at_p] - y[model->at_p + 1] + log(1.5), x[1], 1e-10);
    assert_near(y[model->at_z], 0, 1e-14);
}

/* A, B of weight .5, commons .4, distinct .1; near A, far B in class 1, swapped in class 2: numbers
 * of an independent prototype for z of A, of the common and of the distinct token. */
TEST(common_pairs) {
    static const double expected[3][4] = {
        {0, -1.012, -1.50, 1.76}, {.1, -.907, -1.54, 1.68}, {1, .097, -1.34, .57}};
    struct attndyn_placed *d;
    assert_ok(ctx, attndyn_placed_create(ctx, 2, 5, 2, &d));
    d->share[0] = .55, d->share[1] = .45;
    for (size_t n = 0; n < 2; n++)
        for (size_t r = 0; r < 2; r++) {
            double *p = attndyn_placed_law(d, r, n);
            p[(n + r) % 2] = .5, p[2] = .4, p[3 + n] = .1;
        }
    assert_ok(ctx, attndyn_placed_complete(ctx, d));
    struct attndyn_positions *model =
        make(d, (struct attndyn_positions_options){5, 1, expected[_i][0], false,
                                                   ATTNDYN_POSITION_FREE, 0, 0});
    double *y = ATTNDYN_NEW(ctx, double, model->n), t = 1e4;
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_BDF_DENSE);
    assert_ok(ctx, attndyn_ode_solve(ctx, &model->problem, &options, 0, y, &t, 1, NULL, NULL));
    assert_near(y[model->at_z], expected[_i][1], 1e-3);
    assert_near(y[model->at_z + 2], expected[_i][2], 1e-2);
    assert_near(y[model->at_z + 3], expected[_i][3], 1e-2);
}

/* The answer stands in bucket `near`, all others are uniform. */
static struct attndyn_placed *previous(size_t K, size_t R, size_t near) {
    struct attndyn_placed *d;
    assert_ok(ctx, attndyn_placed_create(ctx, K, K, R, &d));
    for (size_t n = 0; n < K; n++)
        for (size_t r = 0; r < R; r++)
            for (size_t l = 0; l < K; l++)
                attndyn_placed_law(d, r, n)[l] = r == near ? (double)(l == n) : 1 / (double)K;
    assert_ok(ctx, attndyn_placed_complete(ctx, d));
    return d;
}

TEST(previous_token) {
    struct attndyn_placed *d = previous(4, 2, 0);
    d->share[0] = .3, d->share[1] = .7;
    struct attndyn_positions *model =
        make(d, (struct attndyn_positions_options){2, 1, .5, false, ATTNDYN_POSITION_FREE, 0, 0});
    double *y = ATTNDYN_NEW(ctx, double, model->n), at[3], t[] = {1, 10, 100};
    for (int i = 0; i < 3; i++) {
        double from = i ? t[i - 1] : 0, *p = y + model->at_p;
        flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-14, from, t[i], y);
        at[i] = attndyn_previous_invariant(4, 2, .5, y[0] - y[4], 4 * .3 / .7 * exp(p[0] - p[1]));
        assert_near(y[model->at_z], 0, 1e-14);
    }
    assert_near(at[1], at[0], 1e-9);
    assert_near(at[2], at[0], 1e-9);
    assert_near(attndyn_previous_invariant(4, 2, .5, 0, 4 * .3 / .7), at[0], 1e-9);
    /* Several far buckets. */
    d = previous(4, 4, 1);
    d->share[0] = .1, d->share[1] = .2, d->share[2] = .3, d->share[3] = .4;
    model =
        make(d, (struct attndyn_positions_options){2, 1, .5, false, ATTNDYN_POSITION_FREE, 0, 0});
    double *x = ATTNDYN_NEW(ctx, double, model->n), far[] = {.1, .3, .4};
    solve(&model->problem, x, 100);
    double kappa = expm1(-x[model->at_p]) / .1;
    assert_near(attndyn_previous_near(3, far, kappa), x[model->at_p + 1], 1e-9);
    assert_relative(expm1(-x[model->at_p + 3]) / .4, kappa, 1e-9);
}

/* The reduced head is the whole flow, whatever the code. */
TEST(previous_reduced) {
    static const struct attndyn_positions_options codes[] = {
        {2, 1, .5, false, ATTNDYN_POSITION_FREE, 0, 0},
        {2, 1, .1, false, ATTNDYN_POSITION_SLOPE, 0, 0},
        {2, 1, .5, false, ATTNDYN_POSITION_SINUSOIDS, 2, 100}};
    static const double share[] = {.1, .2, .3, .4};
    struct attndyn_placed *d = previous(5, 4, 2);
    memcpy(d->share, share, sizeof share);
    struct attndyn_positions *model = make(d, codes[_i]);
    struct attndyn_previous *head;
    assert_ok(ctx, attndyn_previous_create(ctx, 5, 4, 2, share, &codes[_i], &head));
    double *y = ATTNDYN_NEW(ctx, double, model->n), *x = ATTNDYN_NEW(ctx, double, head->n), t = 40;
    solve(&model->problem, y, t);
    solve(&head->problem, x, t);
    double p[4], q[4], buckets[4], tokens[5];
    struct attndyn_previous_seen seen;
    attndyn_previous_see(head, x, q, &seen);
    attndyn_positions_logits(model, y, 0, p);
    attndyn_positions_attention(model, y, 0, buckets, tokens);
    for (size_t r = 0; r < 4; r++) assert_near(q[r], p[r], 1e-10);
    assert_near(x[0], y[0] - y[1], 1e-10);
    assert_near(seen.loss, attndyn_positions_loss(model, y), 1e-11);
    assert_near(seen.attention, buckets[2], 1e-11);
    assert_near(seen.mean_distance,
                (buckets[0] + 2 * buckets[1] + 4 * buckets[3]) / (1 - buckets[2]), 1e-10);
}

/* A trained slope converges to where the mean distance of the other tokens is r*. */
TEST(slope) {
    size_t R = 24, near = 1;
    struct attndyn_positions *model =
        make(previous(6, R, near),
             (struct attndyn_positions_options){10, 0, 1, false, ATTNDYN_POSITION_SLOPE, 0, 0});
    double *y = ATTNDYN_NEW(ctx, double, model->n), p[24], mean = 0, sum = 0, t = 1e7;
    struct attndyn_ode_options options = attndyn_ode_defaults(ATTNDYN_ODE_BDF_DENSE);
    options.rtol = 1e-10;
    assert_ok(ctx, attndyn_ode_solve(ctx, &model->problem, &options, 0, y, &t, 1, NULL, NULL));
    attndyn_positions_logits(model, y, 0, p);
    for (size_t r = 0; r < R; r++)
        if (r != near) sum += exp(p[r]), mean += (double)(r + 1) * exp(p[r]);
    assert_near(mean / sum, 2, 1e-3);
    assert_near(y[model->at_p], attndyn_slope_stop(2), 1e-3);
    double buckets[24], tokens[6];
    attndyn_positions_attention(model, y, 0, buckets, tokens);
    assert_near(buckets[near], attndyn_slope_attention(2), 1e-3);
    assert_relative(attndyn_slope_stop(5), .223143551, 1e-8);
    assert_near(attndyn_slope_attention(5), .081920, 1e-15);
    ck_assert(isinf(attndyn_slope_stop(1)) && attndyn_slope_attention(1) == 1);
}

/* K classes, N a query; bucket r has the share pi_r, of which s_r is the common token. */
static struct attndyn_positions *competing(size_t K, size_t N, const double s[3],
                                           const double pi[3]) {
    struct attndyn_placed *data;
    assert_ok(ctx, attndyn_placed_create(ctx, K, K + 1, 3, &data));
    for (size_t n = 0; n < K; n++) {
        data->query[n] = n / N;
        for (size_t r = 0; r < 3; r++) {
            attndyn_placed_law(data, r, n)[0] = s[r];
            attndyn_placed_law(data, r, n)[1 + n] = 1 - s[r];
        }
    }
    memcpy(data->share, pi, 3 * sizeof *pi);
    assert_ok(ctx, attndyn_placed_complete(ctx, data));
    return make(data,
                (struct attndyn_positions_options){3, .7, 1.1, false, ATTNDYN_POSITION_FREE, 0, 0});
}

/* The rate of the log odds of attention, content's part of it. */
TEST(competition) {
    double s[3] = {.2, .5, 1}, pi[3] = {.5, .3, .2}, q_d[3], q_c[3], d = 0, c = 0;
    size_t K = 6, N = 3;
    struct attndyn_positions *model = competing(K, N, s, pi);
    double *y = ATTNDYN_NEW(ctx, double, model->n), *dy = ATTNDYN_NEW(ctx, double, model->n), p[3];
    solve(&model->problem, y, 5);
    attndyn_positions_logits(model, y, 0, p);
    for (int r = 0; r < 3; r++) {
        d += q_d[r] = pi[r] * exp(p[r]) * (1 - s[r]);
        c += q_c[r] = pi[r] * exp(p[r]) * s[r];
    }
    for (int r = 0; r < 3; r++) q_d[r] /= d, q_c[r] /= c;
    ck_assert_int_eq(model->problem.rhs(0, y, dy, model), 0);
    double content = dy[model->at_z + 1] - dy[model->at_z], position = 0;
    for (int r = 0; r < 3; r++) position += (q_d[r] - q_c[r]) * dy[model->at_p + (size_t)r];
    assert_near(content / (content + position),
                attndyn_compete_share((double)K, (double)N, .7, 1.1, 3, q_d, q_c), 1e-10);
    /* The prototype's numbers: X_p = 2/3, K = 4 and 20, N = 2. */
    double third[6] = {1. / 3, 1. / 3, 1. / 3}, other[6] = {0, 0, 0, 1. / 3, 1. / 3, 1. / 3};
    assert_near(attndyn_compete_share(4, 2, 1, 1, 6, third, other), .529412, 1e-6);
    assert_near(attndyn_compete_share(20, 2, 1, 1, 6, third, other), .183673, 1e-6);
    assert_near(attndyn_compete_late(4, 2, 1, 1, 2), 1. / 3, 1e-15);
}

/* Content against position, reduced, is the whole flow. */
TEST(compete_reduced) {
    static const double s[3] = {0, .4, 1}, pi[3] = {.5, .3, .2};
    size_t K = 6, N = 3;
    struct attndyn_compete *reduced;
    struct attndyn_positions *model = competing(K, N, s, pi);
    const struct attndyn_compete_options options = {3, .7, 1.1, false};
    assert_ok(ctx, attndyn_compete_create(ctx, K, N, 3, pi, s, &options, &reduced));
    double *y = ATTNDYN_NEW(ctx, double, model->n), *x = ATTNDYN_NEW(ctx, double, reduced->n),
           t = 30;
    solve(&model->problem, y, t);
    solve(&reduced->problem, x, t);
    assert_near(x[ATTNDYN_COMPETE_Y], y[K] - y[K + 1], 1e-10);
    assert_near(x[ATTNDYN_COMPETE_Z_C], y[model->at_z], 1e-11);
    assert_near(x[ATTNDYN_COMPETE_Z_D], y[model->at_z + 1], 1e-11);
    for (size_t r = 0; r < 3; r++) assert_near(x[ATTNDYN_COMPETE_P + r], y[model->at_p + r], 1e-11);
    struct attndyn_compete_seen seen;
    double q_d[3], q_c[3];
    attndyn_compete_see(reduced, x, q_d, q_c, &seen);
    assert_near(seen.loss, attndyn_positions_loss(model, y), 1e-11);
    assert_near(seen.content_rate / seen.odds_rate,
                attndyn_compete_share((double)K, (double)N, .7, 1.1, 3, q_d, q_c), 1e-13);
    static const double none[3] = {0, 0, 0};
    ck_assert_int_eq(attndyn_compete_create(ctx, K, N, 3, pi, none, &options, &reduced),
                     ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_compete_create(ctx, K, 4, 3, pi, s, &options, &reduced),
                     ATTNDYN_USAGE);
}

TEST(refused) {
    struct attndyn_placed *d;
    struct attndyn_positions *model;
    ck_assert_int_eq(attndyn_placed_create(ctx, 1, 2, 2, &d), ATTNDYN_USAGE);
    assert_ok(ctx, attndyn_placed_create(ctx, 2, 2, 2, &d));
    ck_assert_int_eq(attndyn_placed_complete(ctx, d), ATTNDYN_USAGE); /* no probabilities */
    d->share[0] = 0;
    ck_assert_int_eq(attndyn_placed_complete(ctx, d), ATTNDYN_USAGE);
    d->share[0] = .5, d->class_probability[0] = .7;
    ck_assert_int_eq(attndyn_placed_complete(ctx, d), ATTNDYN_USAGE);
    const struct attndyn_positions_options wrong[] = {
        {-1, 1, 1, false, ATTNDYN_POSITION_FREE, 0, 0},
        {1, 1, 1, false, ATTNDYN_POSITION_SINUSOIDS, 0, 10},
        {1, 1, 1, false, ATTNDYN_POSITION_SINUSOIDS, 2, .5}};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(attndyn_positions_create(ctx, irregular(false), &wrong[i], &model),
                         ATTNDYN_USAGE);
    struct attndyn_previous *head;
    const struct attndyn_positions_options good = {1, 1, 1, false, ATTNDYN_POSITION_FREE, 0, 0};
    ck_assert_int_eq(attndyn_previous_create(ctx, 2, 2, 2, NULL, &good, &head), ATTNDYN_USAGE);
    ck_assert_int_eq(attndyn_previous_create(ctx, 2, 2, 0, NULL, &wrong[0], &head), ATTNDYN_USAGE);
}

TCASE(position_flow) {
    with_a_context(tcase);
    tcase_add_loop_test(tcase, gradient, 0, 5);
    tcase_add_tests(tcase, conserved, early, order);
    tcase_add_loop_test(tcase, common_pairs, 0, 3);
    tcase_add_test(tcase, previous_token);
    tcase_add_loop_test(tcase, previous_reduced, 0, 3);
    tcase_add_tests(tcase, slope, competition, compete_reduced, refused);
}
