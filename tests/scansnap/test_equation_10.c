/* Eq. 10 against its printed form in dense matrices, the symmetric reduction against the whole, and
 * theorem 4's closed forms against quadrature, maximisation and the late flow. */
#include "sim/model/scansnap/equation_10.h"
#include "sim/num/linalg.h"
#include "tests/num/flow.h"
#include "tests/support.h"
#include "theory/scansnap/frozen.h"
#include "theory/scansnap/theorem_1.h"
#include "theory/scansnap/theorem_4.h"

#include <string.h>

enum { K = 3, M = 7 };

static void example(struct attndyn_context *ctx, struct attndyn_distribution **d) {
    static const double p[] = {.4, .2, .3, .1, 0,  0, 0, .2, .4, 0, 0,
                               .2, .2, 0,  .3, .3, 0, 0, 0,  0,  .4};
    static const size_t last[] = {0, 0, 1};
    assert_ok(ctx, attndyn_distribution_dense(ctx, K, M, p, last, NULL, d));
}

/* z_m' = sum_n diag(f_n) sum_{n' != n} beta_nn' (f_n f_n^T - I) f_n', as it stands. */
TEST(is_the_printed_equation) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_distribution *d;
    struct attndyn_equation_10 *m;
    example(ctx, &d);
    assert_ok(ctx, attndyn_equation_10_create(ctx, d, &m));
    double *y, *dy, f[K][M] = {{0}}, gram[K * K], unit[K * K] = {0}, inverse[K * K],
                    z[2][M] = {{0}};
    y = attndyn_alloc(ctx, m->n, sizeof *y);
    dy = attndyn_alloc(ctx, m->n, sizeof *dy);
    for (size_t i = 0; i < m->at_B; i++) y[i] = 0.3 * sin(3.0 * (double)i + 1);
    const double x = 0.7;
    ck_assert_int_eq(m->problem.rhs(x, y, dy, m), 0);
    for (size_t n = 0; n < K; n++) {
        double square = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++) {
            f[n][d->token[e]] = d->probability[e] * exp(y[m->layout->entry_z[e]]);
            square += pow(f[n][d->token[e]], 2);
        }
        for (size_t l = 0; l < M; l++) f[n][l] /= sqrt(square);
    }
    for (size_t n = 0; n < K; n++)
        for (size_t k = 0; k < K; k++) {
            gram[n * K + k] = 0;
            for (size_t l = 0; l < M; l++) gram[n * K + k] += f[n][l] * f[k][l];
            unit[n * K + k] = n == k;
        }
    assert_ok(ctx, attndyn_linear_solve(ctx, K, gram, K, unit, inverse));
    for (size_t n = 0; n < K; n++) {
        double xi = 0;
        for (size_t k = 0; k < K; k++) {
            if (k == n) continue;
            double beta = -inverse[n * K + k], dot = gram[n * K + k];
            xi += beta * dot;
            for (size_t l = 0; l < M; l++)
                z[d->last[n]][l] += f[n][l] * beta * (f[n][l] * dot - f[k][l]);
        }
        assert_relative(dy[m->at_B + n], exp(x) * xi, 1e-12);
    }
    for (size_t q = 0; q < 2; q++)
        for (size_t i = m->layout->z_start[q]; i < m->layout->z_start[q + 1]; i++)
            assert_near(dy[i], exp(x) * z[q][m->layout->z_token[i]], 1e-13);
    attndyn_context_free(ctx);
}

TEST(alike_is_the_whole) {
    struct attndyn_context *ctx = attndyn_context_create();
    static const double p[] = {1, .6, .3}, q[] = {1, .5};
    struct attndyn_symmetric_family family;
    struct attndyn_distribution *d;
    struct attndyn_equation_10 *whole;
    struct attndyn_equation_10_alike *alike;
    assert_ok(ctx, attndyn_family_create(ctx, 4, 2, p, 3, q, 2, &family));
    assert_ok(ctx, attndyn_distribution_symmetric(ctx, &family, ATTNDYN_COLUMNS_NEXT, &d));
    assert_ok(ctx, attndyn_equation_10_create(ctx, d, &whole));
    assert_ok(ctx, attndyn_equation_10_alike_create(ctx, &family, &alike));
    double *y = attndyn_alloc(ctx, whole->n, sizeof *y), one[6] = {0}, own;
    flow_on(ctx, &whole->problem, ATTNDYN_ODE_DOP853, 1e-11, 1e-14, 0, 5, y);
    flow_on(ctx, &alike->problem, ATTNDYN_ODE_DOP853, 1e-11, 1e-14, 0, 5, one);
    for (size_t n = 0; n < 4; n++) {
        size_t j = 0, g = 0;
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            assert_near(y[whole->layout->entry_z[e]],
                        whole->layout->entry_distinct[e] ? one[j++] : one[3 + g++], 1e-9);
        assert_near(y[whole->at_B + n], one[5], 1e-9);
    }
    /* theorem 3 holds under Eq. 10: 1/c~^2 - 1/p^2 is one number */
    double kappa[3];
    for (size_t j = 0; j < 3; j++) kappa[j] = (1 - exp(-2 * one[j])) / (family.p[j] * family.p[j]);
    assert_relative(kappa[1], kappa[0], 1e-8);
    assert_relative(kappa[2], kappa[0], 1e-8);
    assert_near(attndyn_equation_10_share(alike, one, &own) + own, 1, 1e-15);
    attndyn_context_free(ctx);
}

/* dB/d ln Gamma far out. */
TEST(late_prefactor) {
    static const double cases[][3] = {{1, 1, 2}, {1, 1, 20}, {4, 1, 5}, {3, 2, 1}}; /* D, G, N */
    for (size_t i = 0; i < 4; i++) {
        struct attndyn_context *ctx = attndyn_context_create();
        size_t D = (size_t)cases[i][0], G = (size_t)cases[i][1], N = (size_t)cases[i][2];
        const double ones[] = {1, 1, 1, 1};
        struct attndyn_symmetric_family family;
        struct attndyn_equation_10_alike *m;
        double y[7] = {0}, dy[7];
        assert_ok(ctx, attndyn_family_create(ctx, 2 * N, N, ones, D, ones, G, &family));
        assert_ok(ctx, attndyn_equation_10_alike_create(ctx, &family, &m));
        flow_on(ctx, &m->problem, ATTNDYN_ODE_DOP853, 1e-11, 1e-14, 0, 60, y);
        ck_assert_int_eq(m->problem.rhs(60, y, dy, m), 0);
        assert_relative(dy[D + G],
                        attndyn_theorem_4_prefactor(cases[i][0], cases[i][1], cases[i][2]), 1e-3);
        attndyn_context_free(ctx);
    }
}

/* Gamma by quadrature of gamma (Simpson), K = 3: dt = K dx/eta_Y, so Gamma = (K/nu) int gamma dx.
 */
TEST(Gamma_is_the_integral) {
    for (double x = 0.5; x < 100; x *= 6) {
        const double outputs = 1000, nu = 7;
        enum { STEPS = 20000 };
        double sum = 0, h = x / STEPS;
        for (int i = 0; i <= STEPS; i++)
            sum += (i == 0 || i == STEPS ? 1
                    : i % 2              ? 4
                                         : 2) *
                   attndyn_theorem_1_gamma(outputs, h * i) * h / 3;
        assert_relative(attndyn_theorem_4_Gamma(3, outputs, nu, x), 3 / nu * sum, 1e-9);
    }
}

TEST(forms_of_theorem_4) {
    /* B' = e^{4 B}... : with z' = -e^{4z}/C, B' = e^{4z}/C from 0 */
    const double C = 0.3;
    double z = 0, B = 0, h = 1e-5;
    for (int i = 0; i < 100000; i++) { /* midpoint rule to Gamma = 1 */
        double half = z - h / 2 * exp(4 * z) / C;
        B += h * exp(4 * half) / C;
        z -= h * exp(4 * half) / C;
    }
    assert_near(attndyn_theorem_4_from_zero(C, 1), B, 1e-8);
    assert_near(attndyn_theorem_4_printed(C, 1) - log(C) / 4, B, 1e-8);
    /* the late forms are limits of one another */
    double x = 1e200, full = attndyn_theorem_4_printed(1, attndyn_theorem_4_Gamma(10, 1000, 1, x));
    assert_relative(attndyn_theorem_4_late(10, 1000, 1, 1, x), full, 1e-6);
    assert_relative(attndyn_theorem_4_later(10, 1000, 1, x), full, 1e-4);
    /* largest over eta_Y at fixed t and eta_Z: Gamma ~ u^2/eta_Y, eta_Y ~ x */
    for (double outputs = 20; outputs < 2e6; outputs *= 10) {
        double best, at = attndyn_theorem_4_best(outputs, &best);
        assert_near(exp(at) * (at - 2) - (outputs - 1) * at + 2, 0, 1e-8 * outputs);
        double u[3];
        for (int k = -1; k <= 1; k++) {
            double here = best * (1 + 1e-3 * k);
            u[k + 1] = pow(attndyn_frozen_gap(outputs, outputs * here), 2) / here;
        }
        ck_assert(u[1] > u[0] && u[1] > u[2]);
        /* between t_0' and t_0 */
        ck_assert(best > log(outputs) && best < 2 * log(outputs));
    }
}

TCASE(equation_10) {
    tcase_add_tests(tcase, is_the_printed_equation, alike_is_the_whole, late_prefactor,
                    Gamma_is_the_integral, forms_of_theorem_4);
}
