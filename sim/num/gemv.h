/* Matrix times vector, for decoding: the matrix is read once, and its bytes determine the time.
 *
 * The matrix stays as it is stored (single precision, half, bfloat16, or bytes with a scale for
 * each row); products and sums are single precision. The order of every sum is fixed: sixteen
 * partial sums (column j goes to number j mod 16), added pairwise, 8 apart, then 4, 2, 1; nothing
 * is contracted. So the bits depend neither on the instruction set, nor on which rows are computed
 * together, nor on threads that share the rows. */
#ifndef ATTNDYN_NUM_GEMV_H
#define ATTNDYN_NUM_GEMV_H

#include <stddef.h>
#include <stdint.h>

/* One instruction set's kernels. w: (rows, columns), `stride` numbers from row to row. */
struct attndyn_gemv {
    const char *name; /* "avx512", "avx2", "plain" */
    /* y[i] = sum_j w[i stride + j] x[j], i < rows */
    void (*f32)(size_t rows, size_t columns, const float *w, size_t stride, const float *x,
                float *y);
    void (*f16)(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                float *y);
    void (*bf16)(size_t rows, size_t columns, const uint16_t *w, size_t stride, const float *x,
                 float *y);
    /* y[i] = scale[i] sum_j w[i stride + j] x[j] */
    void (*i8)(size_t rows, size_t columns, const int8_t *w, size_t stride, const float *scale,
               const float *x, float *y);
};

/* The best that this processor has; or one by its place, best first, those it lacks left out (NULL:
 * no more; the last is always "plain"): for tests. Static. */
const struct attndyn_gemv *attndyn_gemv_best(void);
const struct attndyn_gemv *attndyn_gemv_variant(size_t i);

/* The same in double precision, in the same order. */
void attndyn_gemv_double(size_t rows, size_t columns, const double *w, size_t stride,
                         const double *x, double *y);
/* A matrix stored the other way round, w: (columns, rows), `stride` numbers apart:
 * y[i] = sum_j w[j stride + i] x[j], j in order. */
void attndyn_gemv_transposed(size_t rows, size_t columns, const float *w, size_t stride,
                             const float *x, float *y);
void attndyn_gemv_transposed_double(size_t rows, size_t columns, const double *w, size_t stride,
                                    const double *x, double *y);

/* Rows as bytes: scale[i] = max_j |w[i][j]| / 127, q = w / scale to the nearest integer (ties to
 * even). w: (rows, columns) contiguous. */
void attndyn_gemv_quantise(size_t rows, size_t columns, const float *w, int8_t *q, float *scale);

#endif
