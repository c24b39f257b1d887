/* Products of matrices too small for a BLAS (tens by tens), where a call's overhead would cost more
 * than the arithmetic. Products are summed in the order of the middle index, dot products and sums
 * in four interleaved parts, whatever the processor: the bits are the same everywhere. */
#ifndef ATTNDYN_MODEL_JOMA_PRODUCT_H
#define ATTNDYN_MODEL_JOMA_PRODUCT_H

#include <stddef.h>

/* c += a b: a(i, l) = a[i row_stride + l column_stride] is (rows, middle), b (middle, columns) and
 * c (rows, columns) row-major. */
void attndyn_product_add(size_t rows, size_t columns, size_t middle, const double *a,
                         size_t row_stride, size_t column_stride, const double *b, double *c);
/* t (columns, rows) = a (rows, columns) transposed. */
void attndyn_product_transpose(size_t rows, size_t columns, const double *a, double *t);
/* Four doubles, wherever they lie. */
typedef double attndyn_vec4 __attribute__((vector_size(32), aligned(8), may_alias));

/* sum_j x_j y_j, and sum_j x_j: inline, because a call would cost as much as a short row. */
static inline double attndyn_product_dot(size_t n, const double *x, const double *y) {
    attndyn_vec4 sum = {0};
    size_t j = 0;
    for (; j + 4 <= n; j += 4)
        sum += *(const attndyn_vec4 *)(x + j) * *(const attndyn_vec4 *)(y + j);
    double dot = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    for (; j < n; j++) dot += x[j] * y[j];
    return dot;
}

static inline double attndyn_product_sum(size_t n, const double *x) {
    attndyn_vec4 sum = {0};
    size_t j = 0;
    for (; j + 4 <= n; j += 4) sum += *(const attndyn_vec4 *)(x + j);
    double total = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    for (; j < n; j++) total += x[j];
    return total;
}

/* p (rows, columns) = softmax of each row of a (rows, columns), no overlap. */
void attndyn_product_softmax(size_t rows, size_t columns, const double *a, double *p);

#endif
