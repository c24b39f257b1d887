/* sim/num/kernel: the sums against the order that the header promises, the exponential against
 * libm in long double. */
#include "sim/base/random.h"
#include "sim/num/kernel.h"
#include "tests/support.h"

#include <string.h>

enum { ROWS = 40, MOST = 100 };
static double matrix[ROWS * MOST], x[MOST], weight[ROWS];
static uint32_t row[ROWS];

static void fill(void) {
    uint64_t state = 5;
    for (size_t i = 0; i < ROWS * MOST; i++)
        matrix[i] = (double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-53 - 0.5;
    for (size_t i = 0; i < MOST; i++)
        x[i] = (double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-53 - 0.5;
    for (size_t i = 0; i < ROWS; i++) {
        weight[i] = (double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-53 - 0.5;
        row[i] = (uint32_t)(7 * i % ROWS);
    }
}

TEST(combinations_add_in_order) {
    fill();
    for (size_t columns = 1; columns <= MOST; columns++) {
        double out[MOST], plain[MOST];
        attndyn_kernel_combine(ROWS, weight, row, matrix, MOST, columns, out);
        for (size_t j = 0; j < columns; j++) {
            double sum = 0;
            for (size_t i = 0; i < ROWS; i++) sum += weight[i] * matrix[row[i] * MOST + j];
            assert_near(out[j], sum, 0);
        }
        attndyn_kernel_combine(ROWS, weight, NULL, matrix, MOST, columns, plain);
        double first = 0;
        for (size_t i = 0; i < ROWS; i++) first += weight[i] * matrix[i * MOST];
        assert_near(plain[0], first, 0);
    }
}

TEST(dots_add_eight_partial_sums) {
    fill();
    for (size_t columns = 1; columns <= MOST; columns++) {
        double out[ROWS];
        attndyn_kernel_dots(ROWS, row, matrix, MOST, columns, x, out);
        for (size_t i = 0; i < ROWS; i++) {
            double a[8] = {0};
            for (size_t j = 0; j < columns; j++) a[j % 8] += matrix[row[i] * MOST + j] * x[j];
            assert_near(out[i], ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7])),
                        0);
        }
    }
}

TEST(exponential_is_good_to_an_ulp) {
    uint64_t state = 9;
    double sum_of_all = 0;
    for (int i = 0; i < 20000; i++) {
        double at[11], sum = 0;
        for (int k = 0; k < 11; k++) {
            double u = (double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-53;
            at[k] = i % 2 ? 700 - 1408 * u : 2 * u - 1;
        }
        double y[11];
        memcpy(y, at, sizeof y);
        sum_of_all = attndyn_kernel_exp(11, y, 0.25);
        for (int k = 0; k < 11; k++) {
            if (at[k] - 0.25 < -708) {
                assert_near(y[k], 0, 0);
                continue;
            }
            long double exact = expl((long double)(at[k] - 0.25));
            double ulp = nextafter((double)exact, INFINITY) - (double)exact;
            assert_near((double)((y[k] - exact) / ulp), 0, 1);
            sum += y[k];
        }
        assert_relative(sum_of_all, sum, 1e-14);
    }
    double zero[1] = {-INFINITY};
    assert_near(attndyn_kernel_exp(1, zero, 0), 0, 0);
    double nan[2] = {NAN, 0};
    attndyn_kernel_exp(2, nan, 0);
    ck_assert(isnan(nan[0]));
    double one[3] = {7, 7, 7};
    assert_near(attndyn_kernel_exp(3, one, 7), 3, 0);
}

TEST(maximum_of_any_length) {
    fill();
    for (size_t n = 1; n <= MOST; n++)
        for (size_t at = 0; at < n; at++) {
            double y[MOST];
            memcpy(y, x, sizeof y);
            y[at] = 2;
            assert_near(attndyn_kernel_max(n, y), 2, 0);
            y[at] = -2;
            double most = y[0];
            for (size_t j = 1; j < n; j++) most = fmax(most, y[j]);
            assert_near(attndyn_kernel_max(n, y), most, 0);
        }
}

TEST(momentum_as_pytorch_defines_it) {
    double v[2] = {0, 0}, w[2] = {1, 2};
    const double g[2] = {0.5, -1};
    attndyn_kernel_momentum(2, 0.9, -0.1, g, v, w);
    attndyn_kernel_momentum(2, 0.9, -0.1, g, v, w);
    /* v1 = g, v2 = 0.9 g + g; w = w0 - 0.1 (v1 + v2) */
    assert_near(v[0], 0.95, 1e-16);
    assert_near(w[0], 1 - 0.1 * (0.5 + 0.95), 1e-16);
    assert_near(w[1], 2 + 0.1 * (1 + 1.9), 1e-15);
}

TCASE(kernel) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, combinations_add_in_order, dots_add_eight_partial_sums,
                    exponential_is_good_to_an_ulp, maximum_of_any_length,
                    momentum_as_pytorch_defines_it);
}
