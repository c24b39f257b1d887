/* The kernels for AVX2 and F16C: four rows at a time, each with two registers of partial sums. */
#include "gemv_private.h"

#if ATTNDYN_GEMV_X86
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,f16c")))
#define INLINE __attribute__((target("avx2,f16c"), always_inline)) static inline

INLINE void load_f32(const float *p, __m256 *v) {
    v[0] = _mm256_loadu_ps(p), v[1] = _mm256_loadu_ps(p + 8);
}
INLINE void load_bf16(const uint16_t *p, __m256 *v) {
    for (int k = 0; k < 2; k++) {
        __m128i half = _mm_loadu_si128((const __m128i *)(const void *)(p + 8 * k));
        v[k] = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
    }
}
INLINE void load_f16(const uint16_t *p, __m256 *v) {
    for (int k = 0; k < 2; k++)
        v[k] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(p + 8 * k)));
}
INLINE void load_i8(const int8_t *p, __m256 *v) {
    for (int k = 0; k < 2; k++) {
        __m128i half = _mm_loadl_epi64((const __m128i *)(const void *)(p + 8 * k));
        v[k] = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(half));
    }
}

/* The partial sums of rows 0..3, two registers each, into their sums (gemv.h's order). */
INLINE void reduce(__m256 a[][2], float *y) {
    __m256 b[4], c[2];
    for (int r = 0; r < 4; r++) b[r] = _mm256_add_ps(a[r][0], a[r][1]);
    for (int r = 0; r < 2; r++) /* row r in the low half, r + 2 in the high half */
        c[r] = _mm256_add_ps(_mm256_permute2f128_ps(b[r], b[r + 2], 0x20),
                             _mm256_permute2f128_ps(b[r], b[r + 2], 0x31));
    __m256 d = _mm256_add_ps(_mm256_shuffle_ps(c[0], c[1], 0x44),
                             _mm256_shuffle_ps(c[0], c[1], 0xee)); /* rows 0 1 | 2 3, twos */
    __m256 e = _mm256_add_ps(_mm256_shuffle_ps(d, d, 0x88), _mm256_shuffle_ps(d, d, 0xdd));
    float sums[8];
    _mm256_storeu_ps(sums, e);
    y[0] = sums[0], y[1] = sums[1], y[2] = sums[4], y[3] = sums[5];
}

/* The columns after a row's last whole sixteen. The load may go beyond the row's end if the matrix
 * goes on there (`inside`: numbers from `row` to the end of the matrix); what is not part of the
 * row becomes 0. So 0 is added to partial sums that AVX-512 leaves alone. That would only change a
 * -0, and there is none: sums start at 0, and 0 + -0 = 0. */
#define DOTS(type, load, COUNT, row, inside, a)                                                    \
    do {                                                                                           \
        const type *p = (row);                                                                     \
        for (size_t r = 0; r < (COUNT); r++) (a)[r][0] = (a)[r][1] = _mm256_setzero_ps();          \
        for (size_t j = 0; j < whole; j += 16, p += 16) {                                          \
            __m256 xs[2], ws[2];                                                                   \
            load_f32(x + j, xs);                                                                   \
            for (size_t r = 0; r < (COUNT); r++) {                                                 \
                load(p + r * stride, ws);                                                          \
                (a)[r][0] = _mm256_add_ps((a)[r][0], _mm256_mul_ps(ws[0], xs[0]));                 \
                (a)[r][1] = _mm256_add_ps((a)[r][1], _mm256_mul_ps(ws[1], xs[1]));                 \
            }                                                                                      \
        }                                                                                          \
        for (size_t r = 0; rest && r < (COUNT); r++) {                                             \
            __m256 xs[2], ws[2];                                                                   \
            type room[16] = {0};                                                                   \
            const type *from = p + r * stride;                                                     \
            if (r * stride + whole + 16 > (inside))                                                \
                from = memcpy(room, from, rest * sizeof *room);                                    \
            load(from, ws);                                                                        \
            load_f32(last, xs);                                                                    \
            for (int k = 0; k < 2; k++)                                                            \
                (a)[r][k] =                                                                        \
                    _mm256_add_ps((a)[r][k], _mm256_mul_ps(_mm256_and_ps(ws[k], keep[k]), xs[k])); \
        }                                                                                          \
    } while (0)

#define GEMV(type, load, FINISH)                                                                   \
    const size_t rest = columns % 16, whole = columns - rest;                                      \
    const size_t end = rows ? (rows - 1) * stride + columns : 0;                                   \
    float last[16] = {0};                                                                          \
    int32_t bits[16] = {0};                                                                        \
    __m256 keep[2];                                                                                \
    memcpy(last, x + whole, rest * sizeof *last);                                                  \
    for (size_t k = 0; k < rest; k++) bits[k] = -1;                                                \
    memcpy(keep, bits, sizeof keep);                                                               \
    size_t i = 0;                                                                                  \
    for (; i + 4 <= rows; i += 4) {                                                                \
        __m256 a[4][2];                                                                            \
        DOTS(type, load, 4, w + i * stride, end - i * stride, a);                                  \
        reduce(a, y + i);                                                                          \
        for (size_t k = i; k < i + 4; k++) FINISH(k);                                              \
    }                                                                                              \
    for (; i < rows; i++) {                                                                        \
        __m256 a[4][2] = {0};                                                                      \
        float sums[4];                                                                             \
        DOTS(type, load, 1, w + i * stride, end - i * stride, a);                                  \
        reduce(a, sums);                                                                           \
        y[i] = sums[0];                                                                            \
        FINISH(i);                                                                                 \
    }

#define NOTHING(r) (void)(r)
#define SCALE(r) y[r] *= scale[r]

TARGET static void f32(size_t rows, size_t columns, const float *w, size_t stride, const float *x,
                       float *y){GEMV(float, load_f32, NOTHING)} TARGET
    static void f16(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                    float *y){GEMV(uint16_t, load_f16, NOTHING)} TARGET
    static void bf16(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                     float *y){GEMV(uint16_t, load_bf16, NOTHING)} TARGET
    static void i8(size_t rows, size_t columns, const int8_t *w, size_t stride, const float *scale,
                   const float *x, float *y) {
    GEMV(int8_t, load_i8, SCALE)
}
const struct attndyn_gemv attndyn_gemv_avx2 = {"avx2", f32, f16, bf16, i8};
#endif
