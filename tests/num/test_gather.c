/* sim/num/gather: products with scattered rows against those with whole matrices, bit for bit. */
#include "sim/base/random.h"
#include "sim/num/gather.h"
#include "sim/num/gemv.h"
#include "tests/support.h"

#include <string.h>

enum { UNITS = 83, MOST = 133, STRIDE = MOST + 2 };
static float w[UNITS * STRIDE], x[MOST], h[UNITS];
static double w2[UNITS * STRIDE], x2[MOST], h2[UNITS];
static uint64_t state;

static double uniform(void) {
    return (double)(attndyn_splitmix_next(&state) >> 11) * 0x1p-53 - 0.5;
}

/* Some of the units, ascending, and their values: a fifth of them 0, of either sign. */
static size_t draw(uint32_t *unit) {
    size_t n = 0;
    for (size_t i = 0; i < UNITS * STRIDE; i++) w2[i] = w[i] = (float)uniform();
    for (size_t j = 0; j < MOST; j++) x2[j] = x[j] = (float)uniform();
    memset(h, 0, sizeof h);
    for (uint32_t i = 0; i < UNITS; i++) {
        if (uniform() < 0.1) continue;
        unit[n++] = i;
        h[i] = uniform() < -0.3 ? (uniform() < 0 ? -0.0F : 0) : (float)uniform();
    }
    for (size_t i = 0; i < UNITS; i++) h2[i] = h[i];
    return n;
}

TEST(rows_are_those_of_the_whole_product) {
    uint32_t unit[UNITS];
    state = 5;
    for (size_t columns = 1; columns <= MOST; columns += 11) {
        float all[UNITS], y[UNITS];
        double all2[UNITS], y2[UNITS];
        size_t n = draw(unit);
        attndyn_gemv_best()->f32(UNITS, columns, w, STRIDE, x, all);
        attndyn_gemv_double(UNITS, columns, w2, STRIDE, x2, all2);
        for (size_t some = 0; some <= n; some += 1 + some / 4) {
            attndyn_gather_rows(some, unit, columns, w, STRIDE, x, y);
            attndyn_gather_rows_double(some, unit, columns, w2, STRIDE, x2, y2);
            for (size_t k = 0; k < some; k++) {
                ck_assert_mem_eq(&y[k], &all[unit[k]], sizeof *y);
                ck_assert_mem_eq(&y2[k], &all2[unit[k]], sizeof *y2);
            }
        }
    }
}

/* The whole product: the matrix turned, all units, those that were left out at 0. */
TEST(sums_are_those_of_the_whole_product) {
    static float turned[MOST * UNITS], room[UNITS + 16 * MOST];
    static double turned2[MOST * UNITS], room2[UNITS + 16 * MOST];
    uint32_t unit[UNITS], order[UNITS];
    state = 6;
    ck_assert_uint_eq(attndyn_gather_room(UNITS, MOST), sizeof room / sizeof *room);
    for (size_t columns = 1; columns <= MOST; columns += 11) {
        float all[MOST], y[MOST], value[UNITS];
        double all2[MOST], y2[MOST], value2[UNITS];
        size_t n = draw(unit);
        for (size_t i = 0; i < UNITS; i++)
            for (size_t j = 0; j < columns; j++)
                turned2[j * UNITS + i] = turned[j * UNITS + i] = w[i * STRIDE + j];
        for (size_t k = 0; k < n; k++) value2[k] = value[k] = h[unit[k]];
        attndyn_gemv_best()->f32(columns, UNITS, turned, UNITS, h, all);
        attndyn_gemv_double(columns, UNITS, turned2, UNITS, h2, all2);
        attndyn_gather_sum(n, unit, value, columns, w, STRIDE, y, room, order);
        attndyn_gather_sum_double(n, unit, value2, columns, w2, STRIDE, y2, room2, order);
        ck_assert_mem_eq(y, all, columns * sizeof *y);
        ck_assert_mem_eq(y2, all2, columns * sizeof *y2);
        attndyn_gather_sum(0, unit, value, columns, w, STRIDE, y, room, order);
        for (size_t j = 0; j < columns; j++) ck_assert(y[j] == 0 && !signbit(y[j]));
    }
}

TCASE(gather) {
    tcase_add_tests(tcase, rows_are_those_of_the_whole_product,
                    sums_are_those_of_the_whole_product);
}
