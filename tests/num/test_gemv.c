/* sim/num/gemv: every instruction set against the order that the header promises, bit for bit, and
 * that order against sums in double; halves against their definition. */
#include "sim/base/random.h"
#include "sim/num/gemv.h"
#include "tests/support.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 37, MOST = 200, STRIDE = MOST + 3 };
static float w[ROWS * STRIDE], x[MOST];
static uint16_t half[ROWS * STRIDE], brain[ROWS * STRIDE];
static int8_t byte[ROWS * STRIDE];
static float scale[ROWS];

static float uniform(uint64_t *state) {
    return (float)((double)(attndyn_splitmix_next(state) >> 11) * 0x1p-53 - 0.5);
}

/* A half of IEEE 754 by its definition. */
static double half_value(uint16_t h) {
    int exponent = (h >> 10) & 31, fraction = h & 1023;
    double value = exponent == 31 ? (fraction ? NAN : INFINITY)
                   : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                  : ldexp(fraction, -24);
    return h & 0x8000 ? -value : value;
}
static double brain_value(uint16_t h) {
    uint32_t bits = (uint32_t)h << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static void fill(void) {
    uint64_t state = 3;
    for (size_t i = 0; i < ROWS * STRIDE; i++) {
        uint64_t bits = attndyn_splitmix_next(&state);
        w[i] = uniform(&state);
        /* finite ones, of either sign, some of them subnormal */
        half[i] = (uint16_t)(bits % 0x4000 | (bits >> 40 & 0x8000));
        brain[i] = (uint16_t)(0x3c00 + bits % 0x0400 + (bits >> 40 & 0x8000));
        byte[i] = (int8_t)((int)(bits % 255) - 127);
    }
    for (size_t j = 0; j < MOST; j++) x[j] = uniform(&state);
    for (size_t i = 0; i < ROWS; i++) scale[i] = uniform(&state);
}

/* Sixteen partial sums, added 8, 4, 2, 1 apart. */
static float in_order(size_t columns, const double *row) {
    float lane[16] = {0};
    for (size_t j = 0; j < columns; j++) lane[j % 16] += (float)row[j] * x[j];
    for (size_t apart = 8; apart > 0; apart /= 2)
        for (size_t k = 0; k < apart; k++) lane[k] += lane[k + apart];
    return lane[0];
}

TEST(every_instruction_set_adds_in_the_same_order) {
    fill();
    for (size_t v = 0; attndyn_gemv_variant(v); v++) {
        const struct attndyn_gemv *g = attndyn_gemv_variant(v);
        for (size_t columns = 1; columns <= MOST; columns += columns < 40 ? 1 : 23)
            for (size_t rows = 1; rows <= ROWS; rows += 4)
                for (int kind = 0; kind < 4; kind++) {
                    /* rows at the matrix's distance, and one behind the other */
                    size_t stride = rows % 8 == 1 ? columns : STRIDE;
                    float y[ROWS];
                    if (kind == 0) g->f32(rows, columns, w, stride, x, y);
                    if (kind == 1) g->f16(rows, columns, half, stride, x, y);
                    if (kind == 2) g->bf16(rows, columns, brain, stride, x, y);
                    if (kind == 3) g->i8(rows, columns, byte, stride, scale, x, y);
                    for (size_t i = 0; i < rows; i++) {
                        double row[MOST], exact = 0, size = 0;
                        for (size_t j = 0; j < columns; j++) {
                            size_t at = i * stride + j;
                            row[j] = kind == 0   ? (double)w[at]
                                     : kind == 1 ? half_value(half[at])
                                     : kind == 2 ? brain_value(brain[at])
                                                 : (double)byte[at];
                            exact += row[j] * (double)x[j];
                            size += fabs(row[j] * (double)x[j]);
                        }
                        float expected = in_order(columns, row);
                        if (kind == 3) expected *= scale[i], exact *= (double)scale[i];
                        ck_assert_msg(memcmp(&y[i], &expected, sizeof expected) == 0,
                                      "%s kind %d (%zu, %zu): row %zu is %.9g, expected %.9g",
                                      g->name, kind, rows, columns, i, (double)y[i],
                                      (double)expected);
                        assert_near((double)y[i], exact, 1e-6 * size + 1e-12);
                    }
                }
    }
    ck_assert_str_eq(attndyn_gemv_best()->name, attndyn_gemv_variant(0)->name);
}

/* One at a time, all 65,536 of them, in every variant. */
TEST(halves_are_exact) {
    for (size_t v = 0; attndyn_gemv_variant(v); v++)
        for (uint32_t h = 0; h < 65536; h++) {
            const float one = 1;
            uint16_t value = (uint16_t)h;
            float y;
            attndyn_gemv_variant(v)->f16(1, 1, &value, 1, &one, &y);
            double expected = half_value(value);
            if (isnan(expected))
                ck_assert_msg(isnan(y), "%s: half %04x is %g", attndyn_gemv_variant(v)->name, h,
                              (double)y);
            else
                ck_assert_msg((double)y == expected, "half %04x is %g, expected %g", h, (double)y,
                              expected);
        }
}

TEST(not_a_number_beyond_a_row_stays_there) {
    fill();
    for (size_t v = 0; attndyn_gemv_variant(v); v++) {
        float y[ROWS], clean[ROWS];
        const size_t columns = 21;
        attndyn_gemv_variant(v)->f32(ROWS, columns, w, STRIDE, x, clean);
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = columns; j < STRIDE; j++) w[i * STRIDE + j] = NAN;
        attndyn_gemv_variant(v)->f32(ROWS, columns, w, STRIDE, x, y);
        ck_assert_mem_eq(y, clean, sizeof y);
        fill();
    }
}

TEST(the_double_and_the_transposed_ones) {
    static double wd[ROWS * STRIDE], xd[MOST];
    static float t[MOST * ROWS];
    static double td[MOST * ROWS];
    fill();
    for (size_t i = 0; i < ROWS * STRIDE; i++) wd[i] = (double)w[i];
    for (size_t j = 0; j < MOST; j++) xd[j] = (double)x[j];
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < MOST; j++)
            td[j * ROWS + i] = (double)(t[j * ROWS + i] = w[i * STRIDE + j]);
    for (size_t columns = 1; columns <= MOST; columns += 13) {
        double y[ROWS], z[ROWS];
        float s[ROWS];
        attndyn_gemv_double(ROWS, columns, wd, STRIDE, xd, y);
        attndyn_gemv_transposed_double(ROWS, columns, td, ROWS, xd, z);
        attndyn_gemv_transposed(ROWS, columns, t, ROWS, x, s);
        for (size_t i = 0; i < ROWS; i++) {
            double exact = 0;
            float single = 0;
            for (size_t j = 0; j < columns; j++) {
                exact += wd[i * STRIDE + j] * xd[j];
                single += w[i * STRIDE + j] * x[j];
            }
            assert_near(y[i], exact, 1e-14);
            assert_near(z[i], exact, 0);
            assert_near((double)s[i], (double)single, 0);
        }
    }
}

TEST(bytes_are_the_nearest) {
    static int8_t q[ROWS * MOST];
    static float dense[ROWS * MOST];
    uint64_t state = 8;
    for (size_t i = 0; i < ROWS * MOST; i++) dense[i] = i < MOST ? 0 : uniform(&state);
    attndyn_gemv_quantise(ROWS, MOST, dense, q, scale);
    for (size_t i = 0; i < ROWS; i++) {
        double most = 0, worst = 0;
        for (size_t j = 0; j < MOST; j++) {
            double value = (double)dense[i * MOST + j];
            most = fmax(most, fabs(value));
            worst = fmax(worst, fabs((double)scale[i] * q[i * MOST + j] - value));
        }
        assert_near((double)scale[i], most / 127, 1e-9);
        assert_at_most(worst, 0.5001 * most / 127);
        if (i > 0) ck_assert_msg(worst > 0.45 * most / 127, "no rounding seen: %g", worst);
    }
}

TCASE(gemv) {
    tcase_add_tests(tcase, every_instruction_set_adds_in_the_same_order, halves_are_exact,
                    not_a_number_beyond_a_row_stays_there, the_double_and_the_transposed_ones,
                    bytes_are_the_nearest);
}
