/* The kernels for AVX-512: sixteen rows at a time, each with one register of partial sums; a tree
 * of shuffles then sums sixteen registers into one of sixteen results, in the order of gemv.h. */
#include "gemv_private.h"

#if ATTNDYN_GEMV_X86
#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f")))
#define INLINE __attribute__((target("avx512f"), always_inline)) static inline

INLINE void load_f32(const float *p, __m512 *v) {
    *v = _mm512_loadu_ps(p);
}
INLINE void load_bf16(const uint16_t *p, __m512 *v) {
    __m512i w = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
    *v = _mm512_castsi512_ps(_mm512_slli_epi32(w, 16));
}
INLINE void load_f16(const uint16_t *p, __m512 *v) {
    *v = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
INLINE void load_i8(const int8_t *p, __m512 *v) {
    __m512i w = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
    *v = _mm512_cvtepi32_ps(w);
}

/* The partial sums of rows 0..15 into their sums. Each step adds, within every row, the partial
 * sums that are 8, 4, 2 and 1 apart, and puts two rows' halves into one register. */
INLINE void reduce(__m512 *a, float *y) {
    __m512 b[8], c[4], d[2];
    for (int r = 0; r < 8; r++) /* row r in the low half, r + 8 in the high half */
        b[r] = _mm512_add_ps(_mm512_shuffle_f32x4(a[r], a[r + 8], 0x44),
                             _mm512_shuffle_f32x4(a[r], a[r + 8], 0xee));
    for (int r = 0; r < 4; r++) /* quarters: rows r, r + 8, r + 4, r + 12 */
        c[r] = _mm512_add_ps(_mm512_shuffle_f32x4(b[r], b[r + 4], 0x88),
                             _mm512_shuffle_f32x4(b[r], b[r + 4], 0xdd));
    for (int r = 0; r < 2; r++) /* pairs in each quarter: rows r, r + 2 (+ the quarter's) */
        d[r] = _mm512_add_ps(_mm512_shuffle_ps(c[r], c[r + 2], 0x44),
                             _mm512_shuffle_ps(c[r], c[r + 2], 0xee));
    /* in each quarter: rows 0, 2, 1, 3 (+ the quarter's 0, 8, 4, 12) */
    __m512 e =
        _mm512_add_ps(_mm512_shuffle_ps(d[0], d[1], 0x88), _mm512_shuffle_ps(d[0], d[1], 0xdd));
    const __m512i order = _mm512_setr_epi32(0, 2, 1, 3, 8, 10, 9, 11, 4, 6, 5, 7, 12, 14, 13, 15);
    _mm512_storeu_ps(y, _mm512_permutexvar_ps(order, e));
}

/* COUNT rows from `row` on into a[0 .. COUNT). What remains of a row behind its last whole sixteen
 * is read beyond its end where the matrix goes on there (`inside`: numbers from `row` to the end of
 * the matrix), and touches only its own partial sums.
 * Sixteen rows are sixteen streams: the processor's own prefetching keeps up with them, but for
 * bytes, where a row is too short for it; AHEAD: the rows after these are asked for, line by line.
 */
#define DOTS(type, load, AHEAD, COUNT, row, inside, a)                                             \
    do {                                                                                           \
        const type *p = (row);                                                                     \
        for (size_t r = 0; r < (COUNT); r++) (a)[r] = _mm512_setzero_ps();                         \
        for (size_t j = 0; j < whole; j += 16, p += 16) {                                          \
            __m512 xs = _mm512_loadu_ps(x + j), ws;                                                \
            for (size_t r = 0; r < (COUNT); r++) {                                                 \
                if ((AHEAD) && j % 64 == 0)                                                        \
                    _mm_prefetch((const char *)(p + (r + 16) * stride), _MM_HINT_T0);              \
                load(p + r * stride, &ws);                                                         \
                (a)[r] = _mm512_add_ps((a)[r], _mm512_mul_ps(ws, xs));                             \
            }                                                                                      \
        }                                                                                          \
        if (rest == 0) break;                                                                      \
        __m512 xs = _mm512_maskz_loadu_ps(mask, x + whole), ws;                                    \
        if (((COUNT)-1) * stride + whole + 16 <= (inside))                                         \
            for (size_t r = 0; r < (COUNT); r++) {                                                 \
                load(p + r * stride, &ws);                                                         \
                (a)[r] = _mm512_mask_add_ps((a)[r], mask, (a)[r], _mm512_mul_ps(ws, xs));          \
            }                                                                                      \
        else                                                                                       \
            for (size_t r = 0; r < (COUNT); r++) {                                                 \
                type room[16] = {0};                                                               \
                memcpy(room, p + r * stride, rest * sizeof *room);                                 \
                load(room, &ws);                                                                   \
                (a)[r] = _mm512_mask_add_ps((a)[r], mask, (a)[r], _mm512_mul_ps(ws, xs));          \
            }                                                                                      \
    } while (0)

#define GEMV(type, load, AHEAD, FINISH)                                                            \
    const size_t rest = columns % 16, whole = columns - rest;                                      \
    const size_t end = rows ? (rows - 1) * stride + columns : 0;                                   \
    const __mmask16 mask = (__mmask16)((1u << rest) - 1);                                          \
    size_t i = 0;                                                                                  \
    for (; i + 16 <= rows; i += 16) {                                                              \
        __m512 a[16];                                                                              \
        DOTS(type, load, AHEAD, 16, w + i * stride, end - i * stride, a);                          \
        reduce(a, y + i);                                                                          \
        for (size_t k = i; k < i + 16; k++) FINISH(k);                                             \
    }                                                                                              \
    /* Fewer than sixteen: eight in the registers 0 to 7, four in 8 to 11, the others behind. */   \
    if (i < rows) {                                                                                \
        __m512 a[16];                                                                              \
        float sums[16];                                                                            \
        for (size_t r = 0; r < 16; r++) a[r] = _mm512_setzero_ps();                                \
        const size_t eight = (rows - i) & 8, four = (rows - i) & 4, ones = (rows - i) & 3;         \
        if (eight) DOTS(type, load, false, 8, w + i * stride, end - i * stride, a);                \
        i += eight;                                                                                \
        if (four) DOTS(type, load, false, 4, w + i * stride, end - i * stride, a + 8);             \
        i += four;                                                                                 \
        if (ones > 0) DOTS(type, load, false, 1, w + i * stride, end - i * stride, a + 12);        \
        i += ones > 0;                                                                             \
        if (ones > 1) DOTS(type, load, false, 1, w + i * stride, end - i * stride, a + 13);        \
        i += ones > 1;                                                                             \
        if (ones > 2) DOTS(type, load, false, 1, w + i * stride, end - i * stride, a + 14);        \
        i = rows / 16 * 16;                                                                        \
        reduce(a, sums);                                                                           \
        for (size_t k = 0; k < eight; k++) y[i + k] = sums[k];                                     \
        for (size_t k = 0; k < four; k++) y[i + eight + k] = sums[8 + k];                          \
        for (size_t k = 0; k < ones; k++) y[i + eight + four + k] = sums[12 + k];                  \
        for (; i < rows; i++) FINISH(i);                                                           \
    }

#define NOTHING(r) (void)(r)
#define SCALE(r) y[r] *= scale[r]

TARGET static void f32(size_t rows, size_t columns, const float *w, size_t stride, const float *x,
                       float *y){GEMV(float, load_f32, false, NOTHING)} TARGET
    static void f16(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                    float *y){GEMV(uint16_t, load_f16, false, NOTHING)} TARGET
    static void bf16(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                     float *y){GEMV(uint16_t, load_bf16, false, NOTHING)} TARGET
    static void i8(size_t rows, size_t columns, const int8_t *w, size_t stride, const float *scale,
                   const float *x, float *y) {
    GEMV(int8_t, load_i8, true, SCALE)
}
const struct attndyn_gemv attndyn_gemv_avx512 = {"avx512", f32, f16, bf16, i8};
#endif
