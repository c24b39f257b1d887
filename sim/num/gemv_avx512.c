/* The kernels for AVX-512: sixteen rows at a time, eight and eight, each with one register of
 * partial sums; a tree of shuffles then sums sixteen registers into one of sixteen results, in the
 * order of gemv.h. */
#include "gemv_private.h"

#if ATTNDYN_GEMV_X86
#include <immintrin.h>

#define ISA "avx512f,avx512bw,avx512vl"
#define TARGET __attribute__((target(ISA)))
#define INLINE __attribute__((target(ISA), always_inline)) static inline

/* Unroll, so that every partial sum has a register of its own. */
#define UNROLLED _Pragma("GCC unroll 8")

/* Sixteen numbers as they are stored, in single precision; `some`: those of the mask, 0 for the
 * others, which are not read. */
INLINE __m512 all_f32(const float *p) {
    return _mm512_loadu_ps(p);
}
INLINE __m512 some_f32(__mmask16 some, const float *p) {
    return _mm512_maskz_loadu_ps(some, p);
}
INLINE __m512 wide_bf16(__m256i w) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(w), 16));
}
INLINE __m512 all_bf16(const uint16_t *p) {
    return wide_bf16(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
INLINE __m512 some_bf16(__mmask16 some, const uint16_t *p) {
    return wide_bf16(_mm256_maskz_loadu_epi16(some, p));
}
INLINE __m512 all_f16(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
INLINE __m512 some_f16(__mmask16 some, const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(some, p));
}
INLINE __m512 wide_i8(__m128i w) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(w));
}
INLINE __m512 all_i8(const int8_t *p) {
    return wide_i8(_mm_loadu_si128((const __m128i *)(const void *)p));
}
INLINE __m512 some_i8(__mmask16 some, const int8_t *p) {
    return wide_i8(_mm_maskz_loadu_epi8(some, p));
}

/* The partial sums of rows 0..15 into their sums. Each step adds, within every row, the partial
 * sums that are 8, 4, 2 and 1 apart, and puts two rows' halves into one register. */
INLINE __m512 reduced(const __m512 *a) {
    __m512 b[8], c[4], d[2];
    UNROLLED
    for (int r = 0; r < 8; r++) /* row r in the low half, r + 8 in the high half */
        b[r] = _mm512_add_ps(_mm512_shuffle_f32x4(a[r], a[r + 8], 0x44),
                             _mm512_shuffle_f32x4(a[r], a[r + 8], 0xee));
    UNROLLED
    for (int r = 0; r < 4; r++) /* quarters: rows r, r + 8, r + 4, r + 12 */
        c[r] = _mm512_add_ps(_mm512_shuffle_f32x4(b[r], b[r + 4], 0x88),
                             _mm512_shuffle_f32x4(b[r], b[r + 4], 0xdd));
    UNROLLED
    for (int r = 0; r < 2; r++) /* pairs in each quarter: rows r, r + 2 (+ the quarter's) */
        d[r] = _mm512_add_ps(_mm512_shuffle_ps(c[r], c[r + 2], 0x44),
                             _mm512_shuffle_ps(c[r], c[r + 2], 0xee));
    /* in each quarter: rows 0, 2, 1, 3 (+ the quarter's 0, 8, 4, 12) */
    __m512 e =
        _mm512_add_ps(_mm512_shuffle_ps(d[0], d[1], 0x88), _mm512_shuffle_ps(d[0], d[1], 0xdd));
    const __m512i order = _mm512_setr_epi32(0, 2, 1, 3, 8, 10, 9, 11, 4, 6, 5, 7, 12, 14, 13, 15);
    return _mm512_permutexvar_ps(order, e);
}

/* COUNT rows from `row` on into a[0 .. COUNT), COUNT at most 8: the processor's own prefetching
 * works best with eight streams. Short rows (bytes, halves, few columns) end before it starts, so
 * lines AHEAD rows further are prefetched here; prefetching beyond the matrix does no harm. If a
 * row ends within a register, 0 is added to the other partial sums. That would only change a -0,
 * and there is none: sums start at 0, and 0 + -0 = 0. */
#define DOTS(type, kind, AHEAD, COUNT, row, a)                                                     \
    do {                                                                                           \
        const type *p = (row);                                                                     \
        UNROLLED                                                                                   \
        for (size_t r = 0; r < (COUNT); r++) (a)[r] = _mm512_setzero_ps();                         \
        for (size_t j = 0; j < whole; j += 16, p += 16) {                                          \
            const __m512 xs = _mm512_loadu_ps(x + j);                                              \
            UNROLLED                                                                               \
            for (size_t r = 0; r < (COUNT); r++) {                                                 \
                if ((AHEAD) && j % (64 / sizeof *p) == 0)                                          \
                    _mm_prefetch((const char *)p + (r + (AHEAD)) * stride * sizeof *p,             \
                                 _MM_HINT_T0);                                                     \
                (a)[r] = _mm512_add_ps((a)[r], _mm512_mul_ps(all_##kind(p + r * stride), xs));     \
            }                                                                                      \
        }                                                                                          \
        if (rest == 0) break;                                                                      \
        const __m512 xs = _mm512_maskz_loadu_ps(some, x + whole);                                  \
        UNROLLED                                                                                   \
        for (size_t r = 0; r < (COUNT); r++)                                                       \
            (a)[r] = _mm512_add_ps((a)[r], _mm512_mul_ps(some_##kind(some, p + r * stride), xs));  \
    } while (0)

/* Fewer than sixteen rows: eight in the registers 0 to 7, four in 8 to 11, two and one behind. */
#define GEMV(type, kind, AHEAD, FINISH)                                                            \
    const size_t rest = columns % 16, whole = columns - rest, left = rows % 16;                    \
    const __mmask16 some = (__mmask16)((1u << rest) - 1);                                          \
    __m512 a[16];                                                                                  \
    size_t i = 0;                                                                                  \
    for (; i + 16 <= rows; i += 16, w += 16 * stride) {                                            \
        DOTS(type, kind, AHEAD, 8, w, a);                                                          \
        DOTS(type, kind, AHEAD, 8, w + 8 * stride, a + 8);                                         \
        const __m512 sums = reduced(a);                                                            \
        const __mmask16 here = 0xffff;                                                             \
        _mm512_storeu_ps(y + i, FINISH);                                                           \
    }                                                                                              \
    if (left) {                                                                                    \
        const __mmask16 here = (__mmask16)((1u << left) - 1);                                      \
        __mmask16 used = 0;                                                                        \
        UNROLLED                                                                                   \
        for (int r = 0; r < 8; r++) a[r] = a[r + 8] = _mm512_setzero_ps();                         \
        if (left & 8) {                                                                            \
            DOTS(type, kind, 0, 8, w, a);                                                          \
            w += 8 * stride, used = 0xff;                                                          \
        }                                                                                          \
        if (left & 4) {                                                                            \
            DOTS(type, kind, 0, 4, w, a + 8);                                                      \
            w += 4 * stride, used |= 0xf00;                                                        \
        }                                                                                          \
        if (left & 2) {                                                                            \
            DOTS(type, kind, 0, 2, w, a + 12);                                                     \
            w += 2 * stride, used |= 0x3000;                                                       \
        }                                                                                          \
        if (left & 1) {                                                                            \
            DOTS(type, kind, 0, 1, w, a + 14);                                                     \
            used |= 0x4000;                                                                        \
        }                                                                                          \
        const __m512 sums = _mm512_maskz_compress_ps(used, reduced(a));                            \
        _mm512_mask_storeu_ps(y + i, here, FINISH);                                                \
    }

/* Single precision prefetches rows of at most so many columns, in matrices of at least so many
 * numbers: longer rows need no help, and smaller matrices lie in a cache. */
enum { SHORT = 512, LARGE = 1 << 16 };

#define AS_IT_IS ((void)here, sums)
#define SCALED _mm512_mul_ps(sums, _mm512_maskz_loadu_ps(here, scale + i))

TARGET static void f32_ahead(size_t rows, size_t columns, const float *w, size_t stride,
                             const float *x, float *y){GEMV(float, f32, 8, AS_IT_IS)} TARGET
    static void f32(size_t rows, size_t columns, const float *w, size_t stride, const float *x,
                    float *y) {
    if (columns <= SHORT && rows * columns >= LARGE) {
        f32_ahead(rows, columns, w, stride, x, y);
        return;
    }
    GEMV(float, f32, 0, AS_IT_IS)
}
TARGET
static void f16(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                float *y){GEMV(uint16_t, f16, 8, AS_IT_IS)} TARGET
    static void bf16(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                     float *y){GEMV(uint16_t, bf16, 8, AS_IT_IS)} TARGET
    static void i8(size_t rows, size_t columns, const int8_t *w, size_t stride, const float *scale,
                   const float *x, float *y) {
    GEMV(int8_t, i8, 16, SCALED)
}
const struct attndyn_gemv attndyn_gemv_avx512 = {"avx512", f32, f16, bf16, i8};
#endif
