/* Squared loss on Gaussian clusters: the closed-form field against the gradient of the closed-form
 * loss, Monte Carlo, and the published critical points. */
#include "sim/model/joma/activation.h"
#include "sim/model/joma/isotropic.h"
#include "tests/memory_limit.h"
#include "tests/support.h"
#include "theory/joma/critical.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const double centres[6] = {2, 0.5, 0, 0, 1.5, 1};
static const double half[2] = {0.5, 0.5};
static const double target10[2] = {1, 0}, target11[2] = {1, -1};

static struct attndyn_critical instance(const double *target) {
    return (struct attndyn_critical){3, 2, centres, half, target, 0.3};
}

TEST(field_is_the_gradient) {
    struct attndyn_critical critical = instance(target11);
    static const double points[3][4] = {
        {0.1, -0.05, 0.05, 0}, {0.4, 0.3, -0.6, -0.2}, {-0.5, 0.2, 0.1, 0.7}};
    for (int p = 0; p < 3; p++) {
        double w[4], field[4], jacobian[16];
        memcpy(w, points[p], sizeof w);
        attndyn_critical_field(&critical, w, field);
        attndyn_critical_jacobian(&critical, w, jacobian);
        for (int i = 0; i < 4; i++) {
            /* fourth-order central differences */
            double h = 2e-4, loss = 0, slope[4] = {0}, at[4];
            static const double shift[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1};
            for (int s = 0; s < 4; s++) {
                w[i] = points[p][i] + shift[s] * h;
                loss += factor[s] / (12 * h) * attndyn_critical_loss(&critical, w);
                attndyn_critical_field(&critical, w, at);
                for (int j = 0; j < 4; j++) slope[j] += factor[s] / (12 * h) * at[j];
            }
            w[i] = points[p][i];
            assert_near(field[i], -loss, 2e-9);
            for (int j = 0; j < 4; j++) {
                assert_near(jacobian[j * 4 + i], slope[j], 3e-8);
                assert_near(jacobian[j * 4 + i], jacobian[i * 4 + j], 1e-15);
            }
        }
    }
}

struct reactive {
    double target[2];
};
static void reactive_gradient(size_t which, size_t c, size_t count, const double *h, double *f,
                              void *user) {
    (void)which;
    const struct reactive *in = user;
    for (size_t i = 0; i < count; i++) f[i] = h[i] > 0 ? in->target[c] - h[i] : 0;
}

TEST(field_meets_monte_carlo) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_critical critical = instance(target11);
    struct reactive in = {{1, -1}};
    double w[4] = {0.4, 0.3, -0.6, 0.2}, field[4], mean[4], error[4];
    struct attndyn_isotropic_average average = {
        3, 2, centres, half, ATTNDYN_ISOTROPIC_GAUSS, 0.3, w, w[3], 1, reactive_gradient, &in};
    attndyn_critical_field(&critical, w, field);
    assert_ok(ctx, attndyn_isotropic_sample(ctx, &average, 200000, 7, mean, error));
    for (int j = 0; j < 4; j++) {
        assert_at_most(fabs(mean[j] - field[j]) / error[j], 4.5);
        assert_at_most(error[j], 5e-3);
    }
    attndyn_context_free(ctx);
}

static int coefficients(size_t c, double r, double n, double *alpha, double *beta, void *user) {
    const struct attndyn_critical *critical = user;
    attndyn_critical_coefficients(critical->target[c], critical->sigma, r, n, alpha, beta);
    *alpha *= critical->probability[c];
    *beta *= critical->probability[c];
    return 0;
}

TEST(published_points) {
    gsl_set_error_handler_off();
    static const double expected[2][4] = {
        {0.355181534816, -0.177590767408, -0.177590767408, 0.358359190111},
        {0.426315819810, -0.213157909905, -0.213157909905, 0.227015894517}};
    static const double eigenvalues[4] = {-2.8121, -0.36385, -0.056515, -0.016833};
    for (int i = 0; i < 2; i++) {
        struct attndyn_critical critical = instance(i ? target11 : target10);
        double w[4] = {0.3, -0.1, -0.1, 0.2}, residual, values[4];
        struct attndyn_critical_workspace *work = attndyn_critical_workspace_create(&critical);
        ck_assert_ptr_nonnull(work);
        ck_assert_int_eq(attndyn_critical_newton(&critical, work, w, &residual),
                         ATTNDYN_CRITICAL_FOUND);
        assert_at_most(residual, 1e-15);
        for (int j = 0; j < 4; j++) assert_near(w[j], expected[i][j], 1e-11);
        assert_at_most(attndyn_critical_outside_differences(&critical, work, w), 1e-12);
        ck_assert(attndyn_critical_eigenvalues(&critical, work, w, values));
        for (int j = 0; j < 4 && !i; j++) assert_relative(values[j], eigenvalues[j], 5e-5);
        attndyn_critical_workspace_free(work);
    }
    /* a vector orthogonal to the difference of the centres lies wholly outside */
    struct attndyn_critical critical = instance(target10);
    const double across[3] = {0, 1, -1};
    struct attndyn_critical_workspace *work = attndyn_critical_workspace_create(&critical);
    ck_assert_ptr_nonnull(work);
    assert_near(attndyn_critical_outside_differences(&critical, work, across), 1, 1e-15);
    /* plain steps must reach roundoff wherever GSL's hybrid stopped */
    int found = 0;
    for (int i = 1; i <= 60; i++) {
        double w[4], residual;
        for (int j = 0; j < 4; j++) w[j] = sin(1.7 * i * (j + 1) + j);
        if (attndyn_critical_newton(&critical, work, w, &residual) != ATTNDYN_CRITICAL_FOUND)
            continue;
        assert_at_most(residual, 1e-15);
        found++;
    }
    ck_assert_int_ge(found, 20);
    attndyn_critical_workspace_free(work);
}

#ifndef OWN_MALLOC
/* All memory is taken, then given back little by little, so that each allocation of the workspace
 * fails once. The workspace made in the end must need no more memory. */
TEST(memory_runs_out) {
    gsl_set_error_handler_off();
    struct attndyn_critical critical = instance(target10);
    double w[4] = {0.3, -0.1, -0.1, 0.2}, residual = NAN, values[4];
    /* OpenBLAS allocates its buffer at the first call and would wait for memory for ever, so call
     * it first. The heap must not shrink or grow: what one workspace left behind would serve the
     * next. */
    double ones[16] = {[0] = 1, [5] = 1, [10] = 1, [15] = 1};
    gsl_matrix_view identity = gsl_matrix_view_array(ones, 4, 4);
    gsl_vector_view any = gsl_vector_view_array(w, 4);
    gsl_blas_dtrsv(CblasUpper, CblasNoTrans, CblasNonUnit, &identity.matrix, &any.vector);
    struct attndyn_critical_workspace *work = NULL;
    struct rlimit limit = {0, 0}, before;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
    limit.rlim_max = before.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    void **taken = NULL, **block;
    for (size_t size = 1 << 20; size >= sizeof block;) {
        if ((block = malloc(size)) == NULL) {
            size /= 2;
            continue;
        }
        *block = taken;
        taken = block;
    }
    int refused = 0;
    while (!(work = attndyn_critical_workspace_create(&critical)) && taken) {
        refused++;
        block = taken;
        taken = *block;
        free(block);
    }
    enum attndyn_critical_outcome outcome = ATTNDYN_CRITICAL_STUCK;
    bool good = false;
    if (work) {
        while ((block = malloc(sizeof block)) != NULL) { /* what is left of the last one */
            *block = taken;
            taken = block;
        }
        outcome = attndyn_critical_newton(&critical, work, w, &residual);
        good = attndyn_critical_eigenvalues(&critical, work, w, values) &&
               attndyn_critical_outside_differences(&critical, work, w) < 1e-12;
    }
    for (; taken; taken = block) {
        block = *taken;
        free(taken);
    }
    setrlimit(RLIMIT_AS, &before);
    ck_assert_ptr_nonnull(work);
    ck_assert_int_ge(refused, 8);
    ck_assert_int_eq(outcome, ATTNDYN_CRITICAL_FOUND);
    ck_assert(good);
    attndyn_critical_workspace_free(work);
}
#endif

TEST(published_flow) {
    struct attndyn_critical critical = instance(target10);
    struct attndyn_isotropic model = {3, 2, centres, coefficients, &critical};
    static const double expected[2][4] = {
        {0.396118017710, -0.034398815206, 0.003330290209, 0.115926038453},
        {0.433644889082, -0.110368186723, -0.114189925836, 0.165766370457}};
    double y[4] = {0.1, -0.05, 0.05, 0};
    static const int until[2] = {200, 4000}; /* t = 1, 20 */
    const double step = 0.005;
    for (int i = 0, n = 0; i < 2; i++) {
        for (; n < until[i]; n++) { /* classical Runge-Kutta, error about 1e-11 */
            double k[4][4], trial[4];
            for (int s = 0; s < 4; s++) {
                for (int j = 0; j < 4; j++)
                    trial[j] = y[j] + (s ? (s < 3 ? 0.5 : 1) * step * k[s - 1][j] : 0);
                ck_assert_int_eq(attndyn_isotropic_rhs(0, trial, k[s], &model), 0);
            }
            for (int j = 0; j < 4; j++)
                y[j] += step / 6 * (k[0][j] + 2 * k[1][j] + 2 * k[2][j] + k[3][j]);
        }
        for (int j = 0; j < 4; j++) assert_near(y[j], expected[i][j], 2e-10);
    }
}

TCASE(joma_critical) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, field_is_the_gradient, field_meets_monte_carlo, published_points,
                    published_flow);
#ifndef OWN_MALLOC
    /* memcheck itself needs the memory that the test takes away (make valgrind says so) */
    if (!getenv("ATTNDYN_MEMCHECK")) tcase_add_test(tcase, memory_runs_out);
#endif
}
