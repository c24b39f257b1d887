/* The decoder over features that stand still: the reduced models against the whole matrix Y, one
 * against the other, and theorem 1's closed forms against both. */
#include "sim/base/random.h"
#include "sim/model/scansnap/features_fixed.h"
#include "sim/num/linalg.h"
#include "tests/num/flow.h"
#include "tests/support.h"
#include "theory/scansnap/frozen.h"
#include "theory/scansnap/theorem_1.h"

#include <string.h>

enum { K = 3, M = 12, R = 7 }; /* classes, outputs, dimension of the features */

/* Y (R, M) itself: dY/dx = sum_n h_n (e_n - alpha_n)^T, alpha_n = softmax(Y^T f_n). */
struct whole {
    double f[K][R], h[K][R];
};

static void residual_of(const struct whole *w, const double *Y, size_t n, double *r) {
    double sum = 0;
    for (size_t j = 0; j < M; j++) {
        double logit = 0;
        for (size_t i = 0; i < R; i++) logit += w->f[n][i] * Y[i * M + j];
        sum += r[j] = exp(logit);
    }
    for (size_t j = 0; j < M; j++) r[j] = (j == n) - r[j] / sum;
}

static int whole_rhs(double x, const double *Y, double *dY, void *user) {
    const struct whole *w = user;
    (void)x;
    memset(dY, 0, R * M * sizeof *dY);
    for (size_t n = 0; n < K; n++) {
        double r[M];
        residual_of(w, Y, n, r);
        for (size_t i = 0; i < R; i++)
            for (size_t j = 0; j < M; j++) dY[i * M + j] += w->h[n][i] * r[j];
    }
    return 0;
}

/* The coefficients of Y (e_n - alpha_n) in the f's, through the normal equations. */
static void whole_force(struct attndyn_context *ctx, const struct whole *w, const double *gram,
                        const double *Y, size_t n, double *coefficient) {
    double r[M], g[R] = {0}, b[K] = {0};
    residual_of(w, Y, n, r);
    for (size_t i = 0; i < R; i++)
        for (size_t j = 0; j < M; j++) g[i] += Y[i * M + j] * r[j];
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < R; i++) b[k] += w->f[k][i] * g[i];
    assert_ok(ctx, attndyn_linear_solve(ctx, K, gram, 1, b, coefficient));
    /* it lies in the span of F */
    for (size_t i = 0; i < R; i++) {
        for (size_t k = 0; k < K; k++) g[i] -= coefficient[k] * w->f[k][i];
        assert_near(g[i], 0, 1e-10);
    }
}

/* Random features of length one with positive entries. */
static void features(struct attndyn_context *ctx, struct whole *w, double *gram, double *E_prime) {
    struct attndyn_random random;
    double unit[K * K] = {0}, inverse[K * K];
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 5));
    for (size_t n = 0; n < K; n++) {
        double square = 0;
        for (size_t i = 0; i < R; i++) {
            w->f[n][i] = attndyn_random_uniform(&random) * (i % K == n ? 3 : 1);
            square += w->f[n][i] * w->f[n][i];
        }
        for (size_t i = 0; i < R; i++) w->f[n][i] /= sqrt(square);
    }
    attndyn_random_done(&random);
    for (size_t n = 0; n < K; n++)
        for (size_t k = 0; k < K; k++) {
            gram[n * K + k] = 0;
            for (size_t i = 0; i < R; i++) gram[n * K + k] += w->f[n][i] * w->f[k][i];
        }
    for (size_t k = 0; k < K; k++) unit[k * K + k] = 1;
    assert_ok(ctx, attndyn_linear_solve(ctx, K, gram, K, unit, inverse));
    for (size_t i = 0; i < K * K; i++) E_prime[i] = unit[i] - inverse[i];
}

TEST(is_the_whole_matrix) {
    for (int modified = 0; modified < 2; modified++)
        for (double x = 0.01; x < 200; x *= 8) {
            struct attndyn_context *ctx = attndyn_context_create();
            struct whole w;
            double gram[K * K], E_prime[K * K], Y[R * M] = {0}, q[K * (K + 1)] = {0};
            features(ctx, &w, gram, E_prime);
            memcpy(w.h, w.f, sizeof w.h);
            for (size_t n = 0; n < K && modified; n++)
                for (size_t k = 0; k < K; k++)
                    for (size_t i = 0; i < R; i++) w.h[n][i] -= w.f[k][i] * E_prime[k * K + n];
            const struct attndyn_ode_problem whole = {.n = R * M, .rhs = whole_rhs, .user = &w};
            flow_on(ctx, &whole, ATTNDYN_ODE_DOP853, 1e-12, 1e-16, 0, x, Y);
            struct attndyn_features_fixed *model;
            const struct attndyn_features_fixed_options options = {
                .classes = K, .outputs = M, .gram = gram, .modified = modified};
            assert_ok(ctx, attndyn_features_fixed_create(ctx, &options, &model));
            flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-16, 0, x, q);
            for (size_t n = 0; n < K; n++) {
                double seen[K], expected[K], r[M];
                attndyn_features_fixed_force(model, q, n, seen);
                whole_force(ctx, &w, gram, Y, n, expected);
                for (size_t k = 0; k < K; k++) assert_near(seen[k], expected[k], 1e-9);
                residual_of(&w, Y, n, r);
                assert_near(attndyn_features_fixed_alpha(model, q, n), 1 - r[n], 1e-9);
            }
            attndyn_context_free(ctx);
        }
}

/* Identical overlaps: three numbers are the whole Gram matrix. */
TEST(alike_is_a_gram_matrix) {
    enum { MANY = 6 };
    for (int modified = 0; modified < 2; modified++)
        for (double s = 0; s < 0.9; s += 0.4) {
            struct attndyn_context *ctx = attndyn_context_create();
            double gram[MANY * MANY], q[MANY * (MANY + 1)] = {0}, three[3] = {0}, c[MANY], two[2];
            for (size_t i = 0; i < MANY * MANY; i++) gram[i] = i / MANY == i % MANY ? 1 : s;
            struct attndyn_features_fixed *dense, *alike;
            struct attndyn_features_fixed_options options = {
                .classes = MANY, .outputs = 1000, .overlap = s, .modified = modified};
            assert_ok(ctx, attndyn_features_fixed_create(ctx, &options, &alike));
            options.gram = gram;
            assert_ok(ctx, attndyn_features_fixed_create(ctx, &options, &dense));
            flow_on(ctx, &alike->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-16, 0, 12, three);
            flow_on(ctx, &dense->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-16, 0, 12, q);
            attndyn_features_fixed_force(alike, three, 0, two);
            for (size_t n = 0; n < MANY; n++) {
                attndyn_features_fixed_force(dense, q, n, c);
                for (size_t k = 0; k < MANY; k++) assert_near(c[k], two[k != n], 1e-10);
            }
            attndyn_context_free(ctx);
        }
}

/* The modified gradient is theorem 1 with the sign of q_0 corrected, at any time, for any E; its
 * gamma is Eq. 45's. The printed sign is not it. */
TEST(modified_is_theorem_1) {
    for (double x = 0.01; x < 2000; x *= 20) {
        struct attndyn_context *ctx = attndyn_context_create();
        struct whole w;
        double gram[K * K], E_prime[K * K], q[K * (K + 1)] = {0}, c[K];
        features(ctx, &w, gram, E_prime);
        struct attndyn_features_fixed *model;
        const struct attndyn_features_fixed_options options = {
            .classes = K, .outputs = 300, .gram = gram, .modified = true};
        assert_ok(ctx, attndyn_features_fixed_create(ctx, &options, &model));
        flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-16, 0, x, q);
        double gamma = attndyn_theorem_1_gamma(300, x);
        for (size_t n = 0; n < K; n++) {
            attndyn_features_fixed_force(model, q, n, c);
            assert_relative(c[n], gamma * attndyn_theorem_1_iota(K, 300, E_prime, n), 1e-9);
            for (size_t k = 0; k < K; k++) {
                if (k == n) continue;
                double beta = attndyn_theorem_1_beta(K, 300, E_prime, n, k, false);
                assert_relative(-c[k], gamma * beta, 1e-9);
                ck_assert(fabs(attndyn_theorem_1_beta(K, 300, E_prime, n, k, true) / beta - 1) >
                          1e-3);
            }
        }
        attndyn_context_free(ctx);
    }
}

/* Another program's numbers (SciPy, DOP853, rtol 1e-12): K = 5, M = 4000, s = sqrt(6/M). */
TEST(reference) {
    const double s = sqrt(6.0 / 4000), x[] = {0.01, 3, 33.17, 1000};
    const double original[] = {2.50208e-4, 2.95844e-4, 4.51937e-4, 5.39236e-4};
    const double force[] = {0.00999746, 2.98109, 0.498837, 0.0154035};
    assert_near(attndyn_theorem_1_ratio(5, 4000, s, false), 0.0349211, 5e-8);
    assert_near(attndyn_theorem_1_ratio(5, 4000, s, true), 0.0344237, 5e-8);
    for (size_t i = 0; i < 4; i++) {
        struct attndyn_context *ctx = attndyn_context_create();
        struct attndyn_features_fixed *model;
        double q[3] = {0}, c[2];
        struct attndyn_features_fixed_options options = {
            .classes = 5, .outputs = 4000, .overlap = s};
        assert_ok(ctx, attndyn_features_fixed_create(ctx, &options, &model));
        flow_on(ctx, &model->problem, ATTNDYN_ODE_DOP853, 1e-12, 1e-16, 0, x[i], q);
        attndyn_features_fixed_force(model, q, 0, c);
        assert_relative(-c[1] / c[0], original[i], 2e-4);
        assert_relative(c[0], force[i], 2e-3);
        if (i < 2)
            assert_relative(-c[1] / c[0], attndyn_theorem_1_ratio_original(4000, s, x[i]), 5e-3);
        attndyn_context_free(ctx);
    }
}

TEST(gamma_and_its_limits) {
    for (double outputs = 100; outputs < 2e12; outputs *= 1e3) {
        double early = 1e-3, late = 1e9 * log(outputs);
        assert_relative(attndyn_theorem_1_gamma(outputs, early), early, 0.02);
        assert_relative(attndyn_theorem_1_gamma(outputs, late),
                        attndyn_theorem_1_gamma_late(outputs, late), 0.02);
        /* gamma from h itself: e^u + (M-1) u = M x + 1 */
        double x = 3, u = attndyn_frozen_gap(outputs, outputs * x), h = u / outputs;
        assert_relative(exp(u) + (outputs - 1) * u, outputs * x + 1, 1e-12);
        assert_relative(attndyn_theorem_1_gamma(outputs, x),
                        pow(outputs - 1, 2) * h / (outputs - 1 + exp(u)), 1e-12);
    }
}

TEST(refuses) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_features_fixed *model;
    const double singular[] = {1, 1, 1, 1};
    const struct attndyn_features_fixed_options bad[] = {
        {.classes = 1, .outputs = 10},
        {.classes = 3, .outputs = 2},
        {.classes = 3, .outputs = 4.5},
        {.classes = 3, .outputs = 10, .overlap = 1},
        {.classes = 2, .outputs = 10, .gram = singular}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert(attndyn_features_fixed_create(ctx, &bad[i], &model) != ATTNDYN_OK);
    attndyn_context_free(ctx);
}

TCASE(features_fixed) {
    tcase_add_tests(tcase, is_the_whole_matrix, alike_is_a_gram_matrix, modified_is_theorem_1,
                    reference, gamma_and_its_limits, refuses);
}
