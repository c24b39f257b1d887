/* Statistics against values from SciPy 1.10 (linregress, pearsonr, spearmanr, kendalltau, numpy
 * quantile) and against their definitions. */
#include "sim/base/random.h"
#include "sim/num/stats.h"
#include "tests/fixture.h"

static const double x[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
static const double y[10] = {2.1, 1.9, 3.5, 3.5, 6.2, 5.1, 7.7, 9.0, 8.1, 9.9};
static const double tied_x[10] = {1, 1, 2, 3, 3, 3, 5, 8, 8, 9};
static const double tied_y[10] = {4, 2, 2, 7, 7, 1, 8, 8, 9, 3};

TEST(moments_and_quantiles) {
    double value;
    assert_near(attndyn_mean(10, tied_y), 5.1, 1e-14);
    assert_relative(attndyn_sd(10, tied_y), 2.998147576235848, 1e-14);
    assert_relative(attndyn_standard_error(10, tied_y), 2.998147576235848 / sqrt(10), 1e-14);
    ck_assert(isnan(attndyn_sd(1, x)) && isnan(attndyn_mean(0, x)));
    assert_ok(ctx, attndyn_median(ctx, 10, tied_y, &value));
    assert_near(value, 5.5, 1e-14);
    assert_ok(ctx, attndyn_median(ctx, 9, x, &value));
    assert_near(value, 5, 1e-14);
    assert_ok(ctx, attndyn_quantile(ctx, 10, tied_y, 0.1, &value));
    assert_near(value, 1.9, 1e-14);
    assert_ok(ctx, attndyn_quantile(ctx, 10, tied_y, 1, &value));
    assert_near(value, 9, 1e-14);
    const double with_nan[3] = {1, NAN, 2};
    assert_ok(ctx, attndyn_median(ctx, 3, with_nan, &value));
    ck_assert(isnan(value));
}

TEST(regression) {
    struct attndyn_regression r = attndyn_regress(10, x, y);
    assert_relative(r.slope, 0.9248484848484848, 1e-13);
    assert_relative(r.slope_error, 0.09057108882195715, 1e-12);
    assert_relative(r.intercept, 0.6133333333333342, 1e-12);
    assert_relative(r.intercept_error, 0.5619788270212693, 1e-12);
    assert_relative(r.r_squared, 0.928743608764667, 1e-13);
    double power[10];
    for (int i = 0; i < 10; i++) power[i] = 3 * pow(x[i], -1.75);
    assert_ok(ctx, attndyn_regress_logarithms(ctx, 10, x, power, &r));
    assert_near(r.slope, -1.75, 1e-13);
    assert_near(r.intercept, log(3), 1e-13);
    power[4] = 0;
    ck_assert_int_eq(attndyn_regress_logarithms(ctx, 10, x, power, &r), ATTNDYN_RUN_FAILED);
}

TEST(correlations) {
    struct attndyn_correlation c = attndyn_pearson(10, x, y);
    assert_relative(c.value, 0.9637134474337623, 1e-13);
    assert_relative(c.low, 0.8496174659519616, 1e-12);
    assert_relative(c.high, 0.99163569978284, 1e-12);
    ck_assert(c.probability > 0 && c.probability < 1e-5);
    assert_ok(ctx, attndyn_spearman(ctx, 10, tied_x, tied_y, &c));
    assert_relative(c.value, 0.535848947243509, 1e-13);
    ck_assert(c.low < c.value && c.value < c.high);
    /* Bonett and Wright: the variance of Fisher's z is (1 + rho^2/2)/(n - 3) */
    double reach = 1.959963984540054 * sqrt((1 + c.value * c.value / 2) / 7);
    assert_relative(c.low, tanh(atanh(c.value) - reach), 1e-12);
    assert_relative(c.high, tanh(atanh(c.value) + reach), 1e-12);
    assert_ok(ctx, attndyn_kendall(ctx, 10, tied_x, tied_y, &c));
    assert_relative(c.value, 0.4391550328268399, 1e-13);
    const double untied[10] = {2.1, 1.9, 3.5, 3.6, 6.2, 5.1, 7.7, 9.0, 8.1, 9.9};
    assert_ok(ctx, attndyn_kendall(ctx, 10, x, untied, &c));
    assert_relative(c.value, 0.8666666666666667, 1e-13);
    assert_relative(c.probability, 0.00048616407497926886, 1e-10);
    const double constant[10] = {0};
    assert_ok(ctx, attndyn_spearman(ctx, 10, x, constant, &c));
    ck_assert(isnan(c.value) && isnan(c.low));
    double falling[10];
    for (int i = 0; i < 10; i++) falling[i] = -exp(x[i]);
    assert_ok(ctx, attndyn_spearman(ctx, 10, x, falling, &c));
    assert_near(c.value, -1, 1e-14);
    assert_ok(ctx, attndyn_kendall(ctx, 10, x, falling, &c));
    assert_near(c.value, -1, 1e-14);
}

/* One NaN, wherever it stands and in whichever variable: no order, no ranks, no correlation. */
TEST(nan_has_no_rank) {
    double ranks[10], broken[10];
    struct attndyn_correlation c[3];
    for (int at = 0; at < 10; at++) {
        for (int i = 0; i < 10; i++) broken[i] = i == at ? NAN : y[i];
        assert_ok(ctx, attndyn_ranks(ctx, 10, broken, ranks));
        for (int i = 0; i < 10; i++) ck_assert_msg(isnan(ranks[i]), "rank %d", i);
        for (int swapped = 0; swapped < 2; swapped++) {
            const double *a = swapped ? broken : x, *b = swapped ? x : broken;
            c[0] = attndyn_pearson(10, a, b);
            assert_ok(ctx, attndyn_spearman(ctx, 10, a, b, &c[1]));
            assert_ok(ctx, attndyn_kendall(ctx, 10, a, b, &c[2]));
            for (int k = 0; k < 3; k++)
                ck_assert_msg(isnan(c[k].value) && isnan(c[k].low) && isnan(c[k].high) &&
                                  isnan(c[k].probability) && c[k].n == 10,
                              "correlation %d with NaN at %d is %g", k, at, c[k].value);
        }
    }
    const double infinite[5] = {-INFINITY, 2, INFINITY, 1, 0};
    assert_ok(ctx, attndyn_ranks(ctx, 5, infinite, ranks));
    assert_near(ranks[0], 1, 0);
    assert_near(ranks[2], 5, 0);
}

/* tau-b by its definition, over all pairs, with many ties. */
TEST(kendall_by_definition) {
    uint64_t state = 11;
    double a[200], b[200], difference = 0, pairs_a = 0, pairs_b = 0;
    for (int i = 0; i < 200; i++) {
        a[i] = (double)(attndyn_splitmix_next(&state) % 20);
        b[i] = a[i] / 4 + (double)(attndyn_splitmix_next(&state) % 9);
    }
    for (int i = 0; i < 200; i++) {
        for (int j = 0; j < i; j++) {
            int sa = (a[i] > a[j]) - (a[i] < a[j]), sb = (b[i] > b[j]) - (b[i] < b[j]);
            difference += sa * sb;
            pairs_a += sa != 0;
            pairs_b += sb != 0;
        }
    }
    struct attndyn_correlation c;
    assert_ok(ctx, attndyn_kendall(ctx, 200, a, b, &c));
    assert_relative(c.value, difference / sqrt(pairs_a * pairs_b), 1e-13);
}

/* The 95 % intervals hold the truth in 95 % of samples: normal pairs of correlation 0.5, whose
 * Spearman rho is 6/pi asin(1/4), whose Kendall tau is 2/pi asin(1/2). */
TEST(intervals_cover) {
    const double pi = acos(-1), truth[3] = {0.5, 6 / pi * asin(0.25), 1. / 3};
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 3));
    const int samples = 1000;
    int covered[3] = {0};
    double a[60], b[60];
    for (int s = 0; s < samples; s++) {
        for (int i = 0; i < 60; i++) {
            a[i] = attndyn_random_normal(&random);
            b[i] = 0.5 * a[i] + sqrt(0.75) * attndyn_random_normal(&random);
        }
        struct attndyn_correlation c[3];
        c[0] = attndyn_pearson(60, a, b);
        assert_ok(ctx, attndyn_spearman(ctx, 60, a, b, &c[1]));
        assert_ok(ctx, attndyn_kendall(ctx, 60, a, b, &c[2]));
        for (int k = 0; k < 3; k++) covered[k] += c[k].low <= truth[k] && truth[k] <= c[k].high;
    }
    attndyn_random_done(&random);
    for (int k = 0; k < 3; k++) /* 0.95 within four standard errors */
        assert_near(covered[k] / (double)samples, 0.95, 4 * sqrt(0.95 * 0.05 / samples));
}

/* Sampling theory: the squared standard error of a mean, and of a slope, is the variance that mean
 * and slope have over samples; a probability of p comes up with probability p. */
TEST(errors_are_the_scatter) {
    enum { SAMPLES = 4000, N = 25 };
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 11));
    double a[N], b[N], mean = 0, mean_error = 0, slope = 0, slope_error = 0, level[3] = {0};
    const double below[3] = {0.05, 0.2, 0.5};
    for (int s = 0; s < SAMPLES; s++) {
        for (int i = 0; i < N; i++) {
            a[i] = attndyn_random_normal(&random);
            b[i] = attndyn_random_normal(&random);
        }
        struct attndyn_regression r = attndyn_regress(N, a, b);
        mean += pow(attndyn_mean(N, a), 2) / SAMPLES;
        mean_error += pow(attndyn_standard_error(N, a), 2) / SAMPLES;
        slope += pow(r.slope, 2) / SAMPLES;
        slope_error += pow(r.slope_error, 2) / SAMPLES;
        for (int k = 0; k < 3; k++) level[k] += attndyn_pearson(N, a, b).probability < below[k];
    }
    attndyn_random_done(&random);
    /* a mean square of normals scatters by sqrt(2/SAMPLES); slopes have a heavier tail */
    assert_near(mean / mean_error, 1, 5 * sqrt(2. / SAMPLES));
    assert_near(slope / slope_error, 1, 5 * sqrt(3. / SAMPLES));
    for (int k = 0; k < 3; k++) /* Fisher's z is nearly normal: a twentieth of the level on top */
        assert_near(level[k] / SAMPLES, below[k],
                    5 * sqrt(below[k] * (1 - below[k]) / SAMPLES) + 0.05 * below[k]);
}

TCASE(stats) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, moments_and_quantiles, regression, correlations, nan_has_no_rank,
                    kendall_by_definition, intervals_cover, errors_are_the_scatter);
}
