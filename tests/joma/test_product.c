/* Small products: the promised order of summation, bit by bit, at every shape of their blocks. */
#include "sim/base/random.h"
#include "sim/model/joma/product.h"
#include "tests/support.h"

#include <string.h>

enum { MOST = 47 };
static double a[MOST * MOST], b[MOST * MOST], c[MOST * MOST], want[MOST * MOST];

static void fill(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_random random;
    assert_ok(ctx, attndyn_random_init(ctx, &random, ATTNDYN_RANDOM_SPLITMIX, 5));
    attndyn_random_normals(&random, 1, MOST * MOST, a);
    attndyn_random_normals(&random, 1, MOST * MOST, b);
    attndyn_random_normals(&random, 1, MOST * MOST, c);
    attndyn_random_done(&random);
    attndyn_context_free(ctx);
}

TEST(products_in_the_promised_order) {
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 19, 20, 21, 25, 40, 47};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    fill();
    for (size_t r = 0; r < SIZES; r++)
        for (size_t s = 0; s < SIZES; s++)
            for (size_t t = 0; t < SIZES; t += 3)
                for (int turned = 0; turned < 2; turned++) {
                    size_t rows = sizes[r], columns = sizes[s], middle = sizes[t];
                    size_t along = turned ? rows : 1, down = turned ? 1 : middle;
                    double out[MOST * MOST];
                    memcpy(out, c, sizeof out);
                    memcpy(want, c, sizeof want);
                    attndyn_product_add(rows, columns, middle, a, down, along, b, out);
                    for (size_t i = 0; i < rows; i++)
                        for (size_t j = 0; j < columns; j++)
                            for (size_t l = 0; l < middle; l++)
                                want[i * columns + j] +=
                                    a[i * down + l * along] * b[l * columns + j];
                    ck_assert_mem_eq(out, want, sizeof out); /* nothing beyond it either */
                }
}

TEST(transposes) {
    fill();
    for (size_t rows = 1; rows < 14; rows++)
        for (size_t columns = 1; columns < 14; columns++) {
            double t[14 * 14];
            for (size_t i = 0; i < 14 * 14; i++) t[i] = -7;
            attndyn_product_transpose(rows, columns, a, t);
            for (size_t i = 0; i < rows; i++)
                for (size_t j = 0; j < columns; j++)
                    ck_assert(t[j * rows + i] == a[i * columns + j]);
            for (size_t i = rows * columns; i < 14 * 14; i++) ck_assert(t[i] == -7);
        }
}

TEST(sums_and_softmax) {
    fill();
    for (size_t n = 1; n <= MOST; n++) {
        long double dot = 0, sum = 0, size = 0;
        for (size_t i = 0; i < n; i++)
            dot += (long double)a[i] * b[i], sum += a[i], size += fabsl((long double)a[i] * b[i]);
        assert_near(attndyn_product_dot(n, a, b), (double)dot, 1e-15 * (double)size);
        assert_near(attndyn_product_sum(n, a), (double)sum, 1e-14);
        double p[3 * MOST], x[3 * MOST];
        for (size_t i = 0; i < 3 * n; i++) x[i] = 30 * a[i] + (i < n ? 5000 : 0);
        attndyn_product_softmax(3, n, x, p);
        for (size_t r = 0; r < 3; r++) {
            long double top = x[r * n], total = 0;
            for (size_t j = 0; j < n; j++) top = fmaxl(top, x[r * n + j]);
            for (size_t j = 0; j < n; j++) total += expl(x[r * n + j] - top);
            for (size_t j = 0; j < n; j++) {
                long double below = top - x[r * n + j], exact = expl(-below) / total;
                /* the rounding of the difference is magnified by its size */
                assert_near(p[r * n + j], (double)exact,
                            (1e-15 + 1.2e-16 * (double)below) * (double)exact + 1e-300);
            }
        }
    }
}

TCASE(product) {
    tcase_set_timeout(tcase, 60);
    tcase_add_tests(tcase, products_in_the_promised_order, transposes, sums_and_softmax);
}
