/* Products against plain loops; factorisations against what defines them. */
#include "sim/num/blas.h"
#include "sim/num/linalg.h"
#include "sim/num/versions.h"
#include "tests/support.h"

#include <string.h>
#include <time.h>

static struct attndyn_context *ctx;
static struct attndyn_random random_stream;

static void setup(void) {
    ctx = attndyn_context_create();
    assert_ok(ctx, attndyn_random_init(ctx, &random_stream, ATTNDYN_RANDOM_SPLITMIX, 7));
}

static void teardown(void) {
    attndyn_random_done(&random_stream);
    attndyn_context_free(ctx);
}

static double *normals(size_t count) {
    double *x = ATTNDYN_NEW(ctx, double, count);
    attndyn_random_normals(&random_stream, 1, count, x);
    return x;
}

TEST(one_blas_thread) {
    ck_assert_int_eq(attndyn_blas_threads(), 1);
    ck_assert_uint_gt(strlen(attndyn_blas_core()), 0);
    ck_assert(strstr(attndyn_blas_config(), "OpenBLAS") != NULL);
}

/* What a run's record says of its libraries does not depend on who else asks at the time. */
TEST(versions_are_read_by_threads_at_once) {
    struct attndyn_versions first;
    int others = 0;
    attndyn_versions_read(&first);
#pragma omp parallel for num_threads(4) reduction(+ : others)
    for (int i = 0; i < 200000; i++) {
        struct attndyn_versions again;
        attndyn_versions_read(&again);
        others += strcmp(first.blas, again.blas) != 0 || strcmp(first.core, again.core) != 0 ||
                  strcmp(first.libc, again.libc) != 0;
    }
    ck_assert_int_eq(others, 0);
}

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Tests what OpenBLAS does, not what it reports: several threads would use more processor time than
 * passes on the clock. */
TEST(products_take_one_processor) {
    const size_t n = 700;
    double *a = normals(n * n), *c = ATTNDYN_NEW(ctx, double, n *n);
    assert_ok(ctx, attndyn_blas_one_thread(ctx));
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, n, n, 1, a, a, 0, c);
    double wall = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int k = 0; k < 8; k++) attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, n, n, 1, a, a, 0, c);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    assert_at_most(used, 1.1 * wall + 0.01);
    ck_assert_int_eq(attndyn_blas_threads(), 1);
}

static double at(enum attndyn_transpose t, const double *a, size_t i, size_t j, size_t rows,
                 size_t columns) {
    return t == ATTNDYN_PLAIN ? a[i * columns + j] : a[j * rows + i];
}

TEST(products) {
    const size_t m = 5, n = 7, k = 3;
    double *a = normals(m * k), *b = normals(k * n), *c0 = normals(m * n);
    double *c = ATTNDYN_NEW(ctx, double, m *n);
    float a1[15], b1[21], c1[35];
    for (int v = 0; v < 4; v++) {
        enum attndyn_transpose ta = (enum attndyn_transpose)(v / 2),
                               tb = (enum attndyn_transpose)(v % 2);
        memcpy(c, c0, m * n * sizeof *c);
        for (size_t i = 0; i < 15; i++) a1[i] = (float)a[i];
        for (size_t i = 0; i < 21; i++) b1[i] = (float)b[i];
        for (size_t i = 0; i < 35; i++) c1[i] = (float)c0[i];
        attndyn_gemm(ta, tb, m, n, k, 0.5, a, b, -2, c);
        attndyn_gemm_single(ta, tb, m, n, k, 0.5f, a1, ta ? m : k, b1, tb ? k : n, -2, c1, n);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < n; j++) {
                double sum = 0;
                for (size_t l = 0; l < k; l++) sum += at(ta, a, i, l, m, k) * at(tb, b, l, j, k, n);
                assert_near(c[i * n + j], 0.5 * sum - 2 * c0[i * n + j], 1e-13);
                assert_near((double)c1[i * n + j], 0.5 * sum - 2 * c0[i * n + j], 1e-5);
            }
        }
    }
    double x[5] = {1, -2, 3, 0.5, 4}, y[3] = {0}, sum = 0;
    attndyn_gemv(ATTNDYN_TRANSPOSED, m, k, 1, a, x, 0, y);
    for (size_t i = 0; i < m; i++) sum += a[i * k + 1] * x[i];
    assert_near(y[1], sum, 1e-13);
    double ger[15];
    memcpy(ger, a, sizeof ger);
    attndyn_ger(m, k, 2, x, y, ger);
    assert_near(ger[3 * k + 2], a[3 * k + 2] + 2 * x[3] * y[2], 1e-13);
    double gram[25], gram_t[9];
    attndyn_syrk(ATTNDYN_PLAIN, m, k, 1, a, 0, gram);
    attndyn_syrk(ATTNDYN_TRANSPOSED, k, m, 1, a, 0, gram_t);
    assert_near(gram[4 * m + 1], attndyn_dot(k, a + 4 * k, a + k), 1e-13);
    ck_assert(gram[4 * m + 1] == gram[m + 4]);
    sum = 0;
    for (size_t i = 0; i < m; i++) sum += a[i * k + 2] * a[i * k];
    assert_near(gram_t[2 * k], sum, 1e-13);
}

static void check_svd(size_t m, size_t n) {
    size_t k = m < n ? m : n;
    double *a = normals(m * n), *s = ATTNDYN_NEW(ctx, double, k);
    double *u = ATTNDYN_NEW(ctx, double, m *k), *vt = ATTNDYN_NEW(ctx, double, k *n);
    double *gram = ATTNDYN_NEW(ctx, double, k *k), *alone = ATTNDYN_NEW(ctx, double, k);
    assert_ok(ctx, attndyn_svd(ctx, m, n, a, s, u, vt));
    assert_ok(ctx, attndyn_svd(ctx, m, n, a, alone, NULL, NULL));
    for (size_t i = 0; i < k; i++) {
        assert_near(alone[i], s[i], 1e-12);
        ck_assert(i == 0 || s[i] <= s[i - 1]);
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t l = 0; l < k; l++) sum += u[i * k + l] * s[l] * vt[l * n + j];
            assert_near(sum, a[i * n + j], 1e-12);
        }
    }
    attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, k, k, m, 1, u, u, 0, gram);
    for (size_t i = 0; i < k * k; i++) assert_near(gram[i], i % (k + 1) == 0, 1e-12);
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, k, k, n, 1, vt, vt, 0, gram);
    for (size_t i = 0; i < k * k; i++) assert_near(gram[i], i % (k + 1) == 0, 1e-12);
}

TEST(singular_values) {
    check_svd(9, 4);
    check_svd(4, 9);
    check_svd(6, 6);
    double bad[4] = {1, NAN, 0, 1}, s[2];
    ck_assert_int_eq(attndyn_svd(ctx, 2, 2, bad, s, NULL, NULL), ATTNDYN_RUN_FAILED);
    ck_assert(strstr(attndyn_message(ctx), "finite") != NULL);
}

TEST(symmetric_eigenvalues) {
    const size_t n = 8;
    double *a = normals(n * n), *v = ATTNDYN_NEW(ctx, double, n *n), values[8], alone[8];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) a[i * n + j] = a[j * n + i];
    assert_ok(ctx, attndyn_eigen_symmetric(ctx, n, a, values, v));
    assert_ok(ctx, attndyn_eigen_symmetric(ctx, n, a, alone, NULL));
    for (size_t i = 0; i < n; i++) {
        ck_assert(i == 0 || values[i] >= values[i - 1]);
        assert_near(alone[i], values[i], 1e-12);
        for (size_t j = 0; j < n; j++)
            assert_near(attndyn_dot(n, a + j * n, v + i * n), values[i] * v[i * n + j], 1e-12);
    }
}

TEST(linear_systems) {
    const size_t n = 12, count = 3;
    double *a = normals(n * n), *x = normals(n * count), *b = ATTNDYN_NEW(ctx, double, n *count);
    attndyn_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, count, n, 1, a, x, 0, b);
    assert_ok(ctx, attndyn_linear_solve(ctx, n, a, count, b, b));
    for (size_t i = 0; i < n * count; i++) assert_near(b[i], x[i], 1e-10);
    double singular[4] = {1, 2, 2, 4}, right[2] = {1, 1};
    ck_assert_int_eq(attndyn_linear_solve(ctx, 2, singular, 1, right, right), ATTNDYN_RUN_FAILED);
    ck_assert(strstr(attndyn_message(ctx), "singular") != NULL);
}

/* Orthonormal columns; uniform: an entry has mean 0 and variance 1/m, also the first (whose sign
 * a plain QR would fix). */
TEST(orthonormal_columns) {
    const size_t m = 10, n = 4, draws = 2000;
    double q[40], gram[16], sum[2] = {0}, square[2] = {0};
    for (size_t d = 0; d < draws; d++) {
        assert_ok(ctx, attndyn_orthonormal_random(ctx, &random_stream, m, n, q));
        attndyn_gemm(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, n, n, m, 1, q, q, 0, gram);
        for (size_t i = 0; i < 16; i++) assert_near(gram[i], i % 5 == 0, 1e-13);
        const double picked[2] = {q[0], q[7 * n + 3]};
        for (int p = 0; p < 2; p++) {
            sum[p] += picked[p];
            square[p] += picked[p] * picked[p];
        }
    }
    for (int p = 0; p < 2; p++) {
        /* five standard errors; Var(q^2) = 2 (m - 1)/(m^2 (m + 2)) */
        assert_near(sum[p] / (double)draws, 0, 5 * sqrt(0.1 / (double)draws));
        assert_near(square[p] / (double)draws, 0.1, 5 * sqrt(18. / 1200 / (double)draws));
    }
    ck_assert_int_eq(attndyn_orthonormal_random(ctx, &random_stream, 3, 4, q), ATTNDYN_USAGE);
}

TEST(norm_by_lanczos) {
    const size_t shapes[][2] = {{300, 40}, {40, 300}, {60, 60}, {1, 5}, {5, 1}};
    for (size_t i = 0; i < 5; i++) {
        size_t m = shapes[i][0], n = shapes[i][1];
        double *a = normals(m * n), s[60], norm;
        assert_ok(ctx, attndyn_svd(ctx, m, n, a, s, NULL, NULL));
        assert_ok(ctx, attndyn_spectral_norm(ctx, m, n, a, 1e-9, 0, &norm));
        assert_relative(norm, s[0], 1e-9);
    }
    /* rank one, equal singular values, zero */
    double ones[12], norm;
    for (int i = 0; i < 12; i++) ones[i] = 1;
    assert_ok(ctx, attndyn_spectral_norm(ctx, 3, 4, ones, 1e-9, 0, &norm));
    assert_relative(norm, sqrt(12), 1e-12);
    double identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    assert_ok(ctx, attndyn_spectral_norm(ctx, 3, 3, identity, 1e-9, 0, &norm));
    assert_relative(norm, 1, 1e-12);
    memset(ones, 0, sizeof ones);
    assert_ok(ctx, attndyn_spectral_norm(ctx, 3, 4, ones, 1e-9, 0, &norm));
    ck_assert(norm == 0);
    double *a = normals(200 * 200);
    ck_assert_int_eq(attndyn_spectral_norm(ctx, 200, 200, a, 1e-12, 3, &norm), ATTNDYN_RUN_FAILED);
}

TCASE(linalg) {
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_tests(tcase, one_blas_thread, versions_are_read_by_threads_at_once,
                    products_take_one_processor, products, singular_values, symmetric_eigenvalues,
                    linear_systems, orthonormal_columns, norm_by_lanczos);
}
