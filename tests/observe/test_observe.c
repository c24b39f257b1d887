/* Observables against closed forms and against each other. */
#include "sim/base/random.h"
#include "sim/num/blas.h"
#include "sim/num/linalg.h"
#include "sim/observe/correlation.h"
#include "sim/observe/entropy.h"
#include "sim/observe/rank.h"
#include "tests/fixture.h"

#include <string.h>

TEST(entropy_values) {
    const double p[5] = {0.5, 0.3, 0, 0.2, 0}, scaled[5] = {5e-300, 3e-300, 0, 2e-300, 0};
    assert_relative(attndyn_entropy(5, p), 1.0296530140645737, 1e-15);
    assert_relative(attndyn_entropy(5, scaled), 1.0296530140645737, 1e-14);
    double uniform[10], logs[10];
    for (int i = 0; i < 10; i++) uniform[i] = 7, logs[i] = -1e6;
    assert_relative(attndyn_entropy(10, uniform), log(10), 1e-15);
    assert_relative(attndyn_entropy_of_logs(10, logs), log(10), 1e-15);
    const double log_p[5] = {log(0.5) + 800, log(0.3) + 800, -INFINITY, log(0.2) + 800, -INFINITY};
    assert_relative(attndyn_entropy_of_logs(5, log_p), 1.0296530140645737, 1e-12);
    const double one[3] = {0, 4, 0}, two[2] = {1, -1}, none[2] = {0, 0}, nan[2] = {1, NAN};
    ck_assert(attndyn_entropy(3, one) == 0);
    ck_assert(isnan(attndyn_entropy(2, two)) && isnan(attndyn_entropy(2, none)));
    ck_assert(isnan(attndyn_entropy(2, nan)) && isnan(attndyn_entropy(0, nan)));
    ck_assert(isnan(attndyn_entropy_of_logs(2, nan)));
}

/* Nearly one-hot: H = e (1 + d) - ..., with e = exp(-d), to full relative accuracy, where the
 * textbook sum loses everything. */
TEST(entropy_near_zero) {
    for (double d = 5; d < 700; d *= 2) {
        const double logs[2] = {0, -d}, w[2] = {1, exp(-d)};
        double e = exp(-d), expected = log1p(e) + e * d / (1 + e);
        assert_relative(attndyn_entropy_of_logs(2, logs), expected, 1e-14);
        assert_relative(attndyn_entropy(2, w), expected, 1e-13);
        if (d > 40) assert_relative(attndyn_entropy_of_logs(2, logs), e * (1 + d), 1e-14);
    }
    const double logs[3] = {1e5, 0, 3};
    ck_assert(attndyn_entropy_of_logs(3, logs) == 0);
    assert_near(attndyn_log_sum_exp(3, logs), 1e5, 1e-10);
    const double halves[2] = {-1000, -1000};
    assert_near(attndyn_log_sum_exp(2, halves), -1000 + log(2), 1e-12);
}

TEST(sparsity_measures) {
    const double w[6] = {1, 3, 0, 3, 2, 1};
    assert_near(attndyn_participation(6, w), 100. / 24, 1e-14);
    assert_near(attndyn_top_share(6, w, 1), 0.3, 1e-15);
    assert_near(attndyn_top_share(6, w, 2), 0.6, 1e-15);
    assert_near(attndyn_top_share(6, w, 4), 0.9, 1e-15);
    assert_near(attndyn_top_share(6, w, 9), 1, 1e-15);
    assert_near(attndyn_sparsity(6, w, 0.15), 0.5, 1e-15);
    const double p[3] = {1, 1, 2}, q[3] = {4, 0, 4};
    assert_near(attndyn_total_variation(3, p, q), 0.25, 1e-15);
    assert_near(attndyn_total_variation(3, p, p), 0, 0);
}

TEST(correlation_measures) {
    double a[50], b[50];
    for (int i = 0; i < 50; i++) a[i] = sin(i), b[i] = 5 - 3 * a[i];
    assert_near(attndyn_centred_correlation(50, a, b, 0), -1, 1e-14);
    assert_near(attndyn_cosine(50, a, a, 0), 1, 1e-14);
    for (int i = 0; i < 50; i++) b[i] = 1e-8 * a[i];
    double norm = 0, mean = 0; /* the guard halves a vector of norm 1e-8 */
    for (int i = 0; i < 50; i++) mean += a[i] / 50;
    for (int i = 0; i < 50; i++) norm += (a[i] - mean) * (a[i] - mean);
    for (int i = 0; i < 50; i++) b[i] = 1e-8 * a[i] / sqrt(norm);
    assert_near(attndyn_centred_correlation(50, a, b, ATTNDYN_NC_GUARD), 0.5, 1e-8);
    const double constant[3] = {2, 2, 2}, other[3] = {1, 2, 4};
    ck_assert(isnan(attndyn_centred_correlation(3, constant, other, 0)));
    assert_near(attndyn_relative_distance(3, constant, other), sqrt(5. / 21), 1e-15);
}

/* a = u diag(s) v^T with chosen s. */
TEST(ranks_of_known_spectra) {
    const size_t m = 60, n = 25;
    struct attndyn_random random;
    double *u = ATTNDYN_NEW(ctx, double, m *n), *v = ATTNDYN_NEW(ctx, double, n *n);
    double *a = ATTNDYN_NEW(ctx, double, m *n), s[25], rank;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 5));
    assert_ok(ctx, attndyn_orthonormal_random(ctx, &random, m, n, u));
    assert_ok(ctx, attndyn_orthonormal_random(ctx, &random, n, n, v));
    attndyn_random_done(&random);
    double stable = 0, sum = 0, entropy = 0;
    for (size_t i = 0; i < n; i++) {
        s[i] = 1e-3 * pow(0.8, (double)i);
        stable += pow(0.64, (double)i);
        sum += s[i];
    }
    for (size_t i = 0; i < n; i++) entropy -= s[i] / sum * log(s[i] / sum);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) u[i * n + j] *= s[j];
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, m, n, n, 1, u, v, 0, a);
    assert_ok(ctx, attndyn_stable_rank(ctx, m, n, a, &rank));
    assert_relative(rank, stable, 1e-12);
    assert_ok(ctx, attndyn_stable_rank_iterative(ctx, m, n, a, 0, &rank));
    assert_relative(rank, stable, 1e-9);
    assert_ok(ctx, attndyn_effective_rank(ctx, m, n, a, &rank));
    assert_relative(rank, exp(entropy), 1e-12);
    memset(a, 0, m * n * sizeof *a);
    ck_assert_int_eq(attndyn_stable_rank(ctx, m, n, a, &rank), ATTNDYN_RUN_FAILED);
    ck_assert_int_eq(attndyn_effective_rank(ctx, m, n, a, &rank), ATTNDYN_RUN_FAILED);
    ck_assert_int_eq(attndyn_stable_rank_iterative(ctx, m, n, a, 0, &rank), ATTNDYN_RUN_FAILED);
    ck_assert(strstr(attndyn_message(ctx), "zero") != NULL);
}

TCASE(observe) {
    tcase_set_timeout(tcase, 60);
    with_a_context(tcase);
    tcase_add_tests(tcase, entropy_values, entropy_near_zero, sparsity_measures,
                    correlation_measures, ranks_of_known_spectra);
}
