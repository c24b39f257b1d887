/* The kernels in plain C, for any processor, and the choice between them and the others. */
#include "gemv_private.h"

#include "../base/half.h"
#include "../base/wide.h"

#include <math.h>

enum { LANES = 16 };

/* One row: sixteen partial sums and their tree. */
#define PLAIN_ROW(real, widen)                                                                     \
    real lane[LANES] = {0};                                                                        \
    size_t j = 0;                                                                                  \
    for (; j + LANES <= columns; j += LANES)                                                       \
        for (size_t k = 0; k < LANES; k++) lane[k] += widen(row[j + k]) * x[j + k];                \
    for (size_t k = 0; j < columns; j++, k++) lane[k] += widen(row[j]) * x[j];                     \
    for (size_t half = LANES / 2; half > 0; half /= 2)                                             \
        for (size_t k = 0; k < half; k++) lane[k] += lane[k + half];

#define AS_IT_IS(w) (w)
#define FROM_BYTE(w) ((float)(w))

#define PLAIN(name, stored, widen)                                                                 \
    static void name(size_t rows, size_t columns, const stored *w, size_t stride, const float *x,  \
                     float *y) {                                                                   \
        for (size_t i = 0; i < rows; i++) {                                                        \
            const stored *row = w + i * stride;                                                    \
            PLAIN_ROW(float, widen)                                                                \
            y[i] = lane[0];                                                                        \
        }                                                                                          \
    }
PLAIN(plain_f32, float, AS_IT_IS)
PLAIN(plain_f16, uint16_t, attndyn_half_to_float)
PLAIN(plain_bf16, uint16_t, attndyn_bfloat16_to_float)
static void plain_i8(size_t rows, size_t columns, const int8_t *w, size_t stride,
                     const float *scale, const float *x, float *y) {
    for (size_t i = 0; i < rows; i++) {
        const int8_t *row = w + i * stride;
        PLAIN_ROW(float, FROM_BYTE)
        y[i] = scale[i] * lane[0];
    }
}
static const struct attndyn_gemv plain = {"plain", plain_f32, plain_f16, plain_bf16, plain_i8};

ATTNDYN_WIDE void attndyn_gemv_double(size_t rows, size_t columns, const double *w, size_t stride,
                                      const double *x, double *y) {
    for (size_t i = 0; i < rows; i++) {
        const double *row = w + i * stride;
        PLAIN_ROW(double, AS_IT_IS)
        y[i] = lane[0];
    }
}

/* Eight stored rows in one pass over y. */
#define TRANSPOSED                                                                                 \
    size_t j = 0;                                                                                  \
    for (size_t i = 0; i < rows; i++) y[i] = 0;                                                    \
    for (; j + 8 <= columns; j += 8) {                                                             \
        for (size_t i = 0; i < rows; i++) {                                                        \
            const size_t at = j * stride + i;                                                      \
            y[i] = (((((((y[i] + w[at] * x[j]) + w[at + stride] * x[j + 1]) +                      \
                        w[at + 2 * stride] * x[j + 2]) +                                           \
                       w[at + 3 * stride] * x[j + 3]) +                                            \
                      w[at + 4 * stride] * x[j + 4]) +                                             \
                     w[at + 5 * stride] * x[j + 5]) +                                              \
                    w[at + 6 * stride] * x[j + 6]) +                                               \
                   w[at + 7 * stride] * x[j + 7];                                                  \
        }                                                                                          \
    }                                                                                              \
    for (; j < columns; j++)                                                                       \
        for (size_t i = 0; i < rows; i++) y[i] += w[j * stride + i] * x[j];

ATTNDYN_WIDE void attndyn_gemv_transposed(size_t rows, size_t columns, const float *restrict w,
                                          size_t stride, const float *restrict x,
                                          float *restrict y){TRANSPOSED} ATTNDYN_WIDE
    void attndyn_gemv_transposed_double(size_t rows, size_t columns, const double *restrict w,
                                        size_t stride, const double *restrict x,
                                        double *restrict y) {
    TRANSPOSED
}

void attndyn_gemv_quantise(size_t rows, size_t columns, const float *w, int8_t *q, float *scale) {
    for (size_t i = 0; i < rows; i++, w += columns, q += columns) {
        float most = 0;
        for (size_t j = 0; j < columns; j++) most = fmaxf(most, fabsf(w[j]));
        scale[i] = most / 127;
        for (size_t j = 0; j < columns; j++) q[j] = (int8_t)(most > 0 ? rintf(w[j] / scale[i]) : 0);
    }
}

/* ------------------------------------------------------------------ the choice */

const struct attndyn_gemv *attndyn_gemv_variant(size_t i) {
#if ATTNDYN_GEMV_X86
    /* The second is for processors of about 2013 to 2017: AVX2 and F16C came together with FMA. */
    const struct attndyn_gemv *all[] = {&attndyn_gemv_avx512, &attndyn_gemv_avx2};
    const int here[] = {__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512vl"),
                        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")};
    for (size_t k = 0; k < 2; k++)
        if (here[k] && i-- == 0) return all[k];
#endif
    return i == 0 ? &plain : NULL;
}

const struct attndyn_gemv *attndyn_gemv_best(void) {
    return attndyn_gemv_variant(0);
}
