#include "product.h"

/* Four terms at a time, added one after the other: ((c + t0) + t1) + ..., as a plain loop would. */
void attndyn_product_add(size_t rows, size_t columns, size_t middle, const double *restrict a,
                         size_t row_stride, size_t column_stride, const double *restrict b,
                         double *restrict c) {
    for (size_t i = 0; i < rows; i++) {
        const double *row = a + i * row_stride;
        double *out = c + i * columns;
        size_t l = 0;
        for (; l + 4 <= middle; l += 4) {
            const double *b0 = b + l * columns, *b1 = b0 + columns, *b2 = b1 + columns,
                         *b3 = b2 + columns;
            double a0 = row[l * column_stride], a1 = row[(l + 1) * column_stride],
                   a2 = row[(l + 2) * column_stride], a3 = row[(l + 3) * column_stride];
            for (size_t j = 0; j < columns; j++)
                out[j] = out[j] + a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
        }
        for (; l < middle; l++) {
            double al = row[l * column_stride];
            for (size_t j = 0; j < columns; j++) out[j] += al * b[l * columns + j];
        }
    }
}

void attndyn_product_transpose(size_t rows, size_t columns, const double *restrict a,
                               double *restrict t) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) t[j * rows + i] = a[i * columns + j];
}
