/* Products of matrices too small for a BLAS (tens by tens), where a call's overhead would cost more
 * than the arithmetic. The order of summation is that of the middle index whatever the processor,
 * so the bits are the same everywhere. */
#ifndef ATTNDYN_MODEL_JOMA_PRODUCT_H
#define ATTNDYN_MODEL_JOMA_PRODUCT_H

#include <stddef.h>

/* c += a b: a(i, l) = a[i row_stride + l column_stride] is (rows, middle), b (middle, columns) and
 * c (rows, columns) row-major. */
void attndyn_product_add(size_t rows, size_t columns, size_t middle, const double *a,
                         size_t row_stride, size_t column_stride, const double *b, double *c);
/* t (columns, rows) = a (rows, columns) transposed. */
void attndyn_product_transpose(size_t rows, size_t columns, const double *a, double *t);

#endif
