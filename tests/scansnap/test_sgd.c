/* sim/model/scansnap/sgd and sampler: the law of the draws, the gradient of the batch against
 * differences of the batch's own loss, PyTorch's momentum, the limits that are gradient descent. */
#include "sim/model/scansnap/sampler.h"
#include "sim/model/scansnap/sgd.h"
#include "tests/fixture.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

static struct attndyn_distribution *authors(size_t num_last, enum attndyn_columns columns) {
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    assert_ok(ctx, attndyn_family_authors(ctx, num_last, 2, 10, 10, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, columns, &d));
    return d;
}

static struct attndyn_sgd *new_sgd(const struct attndyn_distribution *d,
                                   struct attndyn_sgd_options options) {
    struct attndyn_sgd *sgd = NULL;
    assert_ok(ctx, attndyn_sgd_create(ctx, d, &options, &sgd));
    return sgd;
}

/* Upper tail of chi-square; a correct sampler falls below 1e-6 once in a million seeds. */
static double tail(const double *seen, const double *expected, size_t n) {
    double chi2 = 0;
    for (size_t i = 0; i < n; i++) chi2 += pow(seen[i] - expected[i], 2) / expected[i];
    return gsl_cdf_chisq_Q(chi2, (double)n - 1);
}

TEST(alias_draws_follow_the_probabilities) {
    const double p[3][6] = {{.5, .2, .1, .1, .05, .05},
                            {1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6, 1.0 / 6},
                            {.9, .099, .0002, .0003, .0004, .0001}};
    for (int k = 0; k < 3; k++) {
        struct attndyn_alias alias;
        assert_ok(ctx, attndyn_alias_create(ctx, 6, p[k], &alias));
        uint64_t stream = 17;
        uint32_t counts[6];
        double seen[6], expected[6];
        attndyn_alias_counts(&alias, &stream, 1000001, counts);
        for (int i = 0; i < 6; i++) seen[i] = counts[i], expected[i] = 1000001 * p[k][i];
        ck_assert_msg(tail(seen, expected, 6) > 1e-6, "table %d: tail %g", k,
                      tail(seen, expected, 6));
    }
    const double one[1] = {1};
    struct attndyn_alias alias;
    uint64_t stream = 1;
    uint32_t count;
    assert_ok(ctx, attndyn_alias_create(ctx, 1, one, &alias));
    attndyn_alias_counts(&alias, &stream, 7, &count);
    ck_assert_uint_eq(count, 7);
}

/* The count of a token in T - 1 positions is binomial: means, a variance, a covariance; by alias
 * table (T = 128) and by binomials (T = 5001). */
TEST(counts_are_multinomial) {
    for (int by_binomials = 0; by_binomials < 2; by_binomials++) {
        size_t trials = by_binomials ? 5000 : 127;
        struct attndyn_sgd *sgd = new_sgd(authors(1, ATTNDYN_COLUMNS_NEXT),
                                          (struct attndyn_sgd_options){.seq_len = trials + 1});
        enum { TRIES = 40000 };
        double sum[20] = {0}, square = 0, cross = 0, expected[20], q = 1 / 15.5;
        double mean = (double)trials * q, variance = mean * (1 - q);
        uint32_t counts[20];
        for (int k = 0; k < TRIES; k++) {
            attndyn_sgd_draw(sgd, 0, counts);
            uint32_t all = 0;
            for (int i = 0; i < 20; i++) all += counts[i], sum[i] += counts[i];
            ck_assert_uint_eq(all, trials);
            square += pow(counts[0] - mean, 2) / TRIES;
            cross += (counts[0] - mean) * (counts[1] - mean) / TRIES;
        }
        for (int i = 0; i < 20; i++)
            expected[i] = TRIES * (double)trials * sgd->distribution->probability[i];
        ck_assert(tail(sum, expected, 20) > 1e-6);
        /* a variance over n nearly normal numbers has relative error sqrt(2/n) */
        assert_relative(square, variance, 6 * sqrt(2.0 / TRIES));
        assert_near(cross, -(double)trials * q * q, 6 * variance / sqrt(TRIES));
    }
}

TEST(first_loss_is_log_of_the_columns) {
    struct attndyn_distribution *d = authors(2, ATTNDYN_COLUMNS_VOCABULARY);
    struct attndyn_sgd *sgd = new_sgd(
        d, (struct attndyn_sgd_options){
               .seq_len = 128, .batch = 128, .lr_y = 1, .lr_z = 1, .momentum = .9, .seed = 3});
    attndyn_sgd_step(sgd);
    assert_near(sgd->loss, log(56), 1e-13); /* the rounding of 128 additions */
    size_t z = sgd->flow->n - sgd->flow->z_at;
    for (size_t i = 0; i < z; i++) assert_near(sgd->z[i], 0, 0);
    attndyn_sgd_step(sgd);
    double moved = 0;
    for (size_t i = 0; i < z; i++) moved += fabs(sgd->z[i]);
    ck_assert(moved > 1e-6);
}

/* The gradient that a step applies, against differences of the loss of the same batch: a restart
 * draws the same samples again. */
TEST(gradient_is_that_of_the_batch_loss) {
    for (int kind = 0; kind < 4; kind++) {
        struct attndyn_symmetric_family family;
        struct attndyn_distribution *d;
        assert_ok(ctx, attndyn_family_authors(ctx, 2, 2, 3, 2, &family));
        struct attndyn_random_spread spread = {
            .common_sd = .5, .distinct_sd = .5, .class_sd = .5, .seed = 4};
        assert_ok(ctx, attndyn_distribution_random(ctx, &family, kind & 1, &spread, &d));
        struct attndyn_sgd_options options = {.seq_len = kind & 2 ? 0 : 6,
                                              .batch = kind == 3 ? 0 : 9,
                                              .lr_y = 1,
                                              .lr_z = 1,
                                              .init = ATTNDYN_SGD_UNIFORM,
                                              .seed = 5};
        struct attndyn_sgd *sgd = new_sgd(d, options);
        size_t ny = sgd->flow->rows * sgd->stride, nz = sgd->flow->n - sgd->flow->z_at;
        double *Y = ATTNDYN_NEW(ctx, double, ny), *z = ATTNDYN_NEW(ctx, double, nz);
        for (size_t i = 0; i < nz; i++) sgd->z[i] *= 3;
        memcpy(Y, sgd->Y, ny * sizeof *Y);
        memcpy(z, sgd->z, nz * sizeof *z);
        attndyn_sgd_step(sgd);
        double *dY = ATTNDYN_NEW(ctx, double, ny), *dz = ATTNDYN_NEW(ctx, double, nz);
        for (size_t i = 0; i < ny; i++) dY[i] = sgd->Y[i] - Y[i];
        for (size_t i = 0; i < nz; i++) dz[i] = sgd->z[i] - z[i];
        const double h = 1e-5;
        for (size_t i = 0; i < ny + nz; i++) {
            if (i < ny && i % sgd->stride >= d->columns) {
                assert_near(dY[i], 0, 0);
                continue;
            }
            double loss[2];
            for (int side = 0; side < 2; side++) {
                attndyn_sgd_restart(sgd, &options);
                memcpy(sgd->Y, Y, ny * sizeof *Y);
                memcpy(sgd->z, z, nz * sizeof *z);
                *(i < ny ? &sgd->Y[i] : &sgd->z[i - ny]) += side ? -h : h;
                attndyn_sgd_step(sgd);
                loss[side] = sgd->loss;
            }
            assert_near(i < ny ? dY[i] : dz[i - ny], -(loss[0] - loss[1]) / (2 * h), 2e-10);
        }
    }
}

TEST(momentum_is_pytorchs) {
    /* v <- mu v + g, w <- w - lr v: after two steps from zero w = -lr (g1 + (mu g1 + g2)). The
     * gradients g1, g2 come from momentum-free steps on the same samples. */
    struct attndyn_distribution *d = authors(1, ATTNDYN_COLUMNS_NEXT);
    struct attndyn_sgd_options o = {.seq_len = 20, .batch = 8, .lr_y = .5, .lr_z = .25, .seed = 6};
    struct attndyn_sgd *plain = new_sgd(d, o);
    size_t ny = plain->flow->rows * plain->stride;
    double *one = ATTNDYN_NEW(ctx, double, ny);
    attndyn_sgd_step(plain);
    memcpy(one, plain->Y, ny * sizeof *one);
    attndyn_sgd_step(plain);
    o.momentum = 0.9;
    struct attndyn_sgd *heavy = new_sgd(d, o);
    attndyn_sgd_step(heavy);
    for (size_t i = 0; i < ny; i++) assert_near(heavy->Y[i], one[i], 0);
    attndyn_sgd_step(heavy);
    for (size_t i = 0; i < ny; i++)
        assert_near(heavy->Y[i], one[i] + (plain->Y[i] - one[i]) + 0.9 * one[i], 1e-15);
}

TEST(population_step_is_euler) {
    struct attndyn_distribution *d = authors(2, ATTNDYN_COLUMNS_VOCABULARY);
    struct attndyn_sgd *sgd = new_sgd(d, (struct attndyn_sgd_options){.lr_y = 2, .lr_z = 0.5});
    struct attndyn_flow *flow;
    const struct attndyn_flow_options options = {.eta_y = 2, .eta_z = .5, .all_columns = true};
    assert_ok(ctx, attndyn_flow_create(ctx, d, &options, &flow));
    double *y = ATTNDYN_NEW(ctx, double, flow->n), *rate = ATTNDYN_NEW(ctx, double, flow->n);
    for (int step = 0; step < 20; step++) {
        attndyn_flow_rhs(0, y, rate, flow);
        for (size_t i = 0; i < flow->n; i++) y[i] += rate[i];
        attndyn_sgd_step(sgd);
    }
    for (size_t r = 0; r < flow->rows; r++)
        for (size_t j = 0; j < flow->width; j++)
            assert_near(sgd->Y[r * sgd->stride + j], y[r * flow->width + j], 1e-13);
    for (size_t i = 0; i < flow->n - flow->z_at; i++)
        assert_near(sgd->z[i], y[flow->z_at + i], 1e-13);
}

TEST(long_contexts_approach_the_population) {
    struct attndyn_distribution *d = authors(1, ATTNDYN_COLUMNS_NEXT);
    double error[2];
    for (int k = 0; k < 2; k++) {
        struct attndyn_sgd_options o = {.seq_len = k ? 20001 : 201,
                                        .batch = 32,
                                        .lr_y = 1,
                                        .lr_z = 1,
                                        .balanced = true,
                                        .seed = 8};
        struct attndyn_sgd *sampled = new_sgd(d, o);
        o.seq_len = o.batch = 0;
        o.balanced = false;
        struct attndyn_sgd *exact = new_sgd(d, o);
        for (int step = 0; step < 10; step++) attndyn_sgd_step(sampled), attndyn_sgd_step(exact);
        error[k] = 0;
        for (size_t i = 0; i < 30; i++)
            error[k] += fabs(sampled->Y[i * sampled->stride] - exact->Y[i * exact->stride]);
    }
    /* 1/sqrt(T): a factor 10 in error for 100 in T */
    ck_assert_msg(error[1] < error[0] / 5 && error[1] > error[0] / 20, "%g %g", error[0], error[1]);
}

TEST(runs_do_not_depend_on_threads) {
    struct attndyn_distribution *d = authors(3, ATTNDYN_COLUMNS_VOCABULARY);
    struct attndyn_sgd_options o[7];
    struct attndyn_sgd_outcome one[7], three[7];
    for (size_t i = 0; i < 7; i++)
        o[i] = (struct attndyn_sgd_options){.seq_len = 128,
                                            .batch = 32,
                                            .lr_y = 1 + (double)i,
                                            .lr_z = 1,
                                            .momentum = .9,
                                            .init = ATTNDYN_SGD_UNIFORM,
                                            .seed = i};
    assert_ok(ctx, attndyn_sgd_runs(ctx, d, o, 7, 20, one));
    attndyn_threads_allow(ctx, 3);
    assert_ok(ctx, attndyn_sgd_runs(ctx, d, o, 7, 20, three));
    ck_assert_int_eq(memcmp(one, three, sizeof one), 0);
    ck_assert(one[0].entropy_distinct < log(10) && one[0].entropy_distinct > 1);
    ck_assert(one[0].entropy_support > one[0].entropy_distinct);
}

TEST(bad_options_are_refused) {
    struct attndyn_distribution *d = authors(1, ATTNDYN_COLUMNS_NEXT);
    const struct attndyn_sgd_options bad[] = {{.lr_y = -1},       {.lr_z = NAN},
                                              {.momentum = 1},    {.seq_len = 1},
                                              {.balanced = true}, {.balanced = true, .batch = 3}};
    struct attndyn_sgd *sgd;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(attndyn_sgd_create(ctx, d, &bad[i], &sgd), ATTNDYN_USAGE);
}

/* Another seed is another start and other samples; what a run ends with is the mean over classes.
 */
TEST(a_seed_is_start_and_samples) {
    const struct attndyn_distribution *d = authors(2, ATTNDYN_COLUMNS_NEXT);
    struct attndyn_sgd_options options = {
        .seq_len = 32, .batch = 16, .lr_y = 1, .lr_z = 1, .init = ATTNDYN_SGD_UNIFORM, .seed = 1};
    struct attndyn_sgd *a = new_sgd(d, options), *same = new_sgd(d, options);
    options.seed = 2;
    struct attndyn_sgd *b = new_sgd(d, options);
    ck_assert(a->Y[0] == same->Y[0] && a->z[0] == same->z[0]);
    ck_assert(a->Y[0] != b->Y[0] && a->z[0] != b->z[0]);
    uint32_t counts[3][64];
    struct attndyn_sgd *const of[3] = {a, same, b};
    for (int k = 0; k < 3; k++) attndyn_sgd_draw(of[k], 0, counts[k]);
    size_t n = d->start[1] - d->start[0];
    ck_assert(memcmp(counts[0], counts[1], n * sizeof **counts) == 0);
    ck_assert(memcmp(counts[0], counts[2], n * sizeof **counts) != 0);
    double mean = 0, c[64];
    for (size_t k = 0; k < d->classes; k++) {
        double mass = 0, entropy = 0;
        attndyn_sgd_attention(a, k, c);
        for (size_t e = d->start[k]; e < d->start[k + 1]; e++)
            if (a->flow->entry_distinct[e]) mass += c[e - d->start[k]];
        for (size_t e = d->start[k]; e < d->start[k + 1]; e++)
            if (a->flow->entry_distinct[e])
                entropy -= c[e - d->start[k]] / mass * log(c[e - d->start[k]] / mass);
        mean += entropy / (double)d->classes;
    }
    struct attndyn_sgd_outcome seen;
    attndyn_sgd_see(a, &seen);
    assert_relative(seen.entropy_distinct, mean, 1e-13);
}

TCASE(sgd) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, alias_draws_follow_the_probabilities, counts_are_multinomial,
                    first_loss_is_log_of_the_columns, gradient_is_that_of_the_batch_loss,
                    momentum_is_pytorchs, a_seed_is_start_and_samples, population_step_is_euler,
                    long_contexts_approach_the_population, runs_do_not_depend_on_threads,
                    bad_options_are_refused);
}
