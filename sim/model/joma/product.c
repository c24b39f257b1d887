#include "product.h"

#include "../../base/wide.h"
#include "../../num/kernel.h"

typedef attndyn_vec4 vec;
enum { LANES = 4 };
#define AT(p) (*(const vec *)(p))
#define TO(p) (*(vec *)(p))

/* Twenty columns of R rows stay in registers while the middle index runs: eight, eight and four. */
typedef double vec8 __attribute__((vector_size(64), aligned(8), may_alias));
#define AT8(p) (*(const vec8 *)(p))
#define TO8(p) (*(vec8 *)(p))
enum { BLOCK = 20 };

#define BLOCK_ROWS(R)                                                                              \
    do {                                                                                           \
        vec8 x[R], y[R];                                                                           \
        vec z[R];                                                                                  \
        for (size_t r = 0; r < R; r++) {                                                           \
            const double *from = c + (i + r) * columns + j;                                        \
            x[r] = AT8(from), y[r] = AT8(from + 8), z[r] = AT(from + 16);                          \
        }                                                                                          \
        for (size_t l = 0; l < middle; l++) {                                                      \
            const double *bl = b + l * columns + j;                                                \
            const double *al = a + i * row_stride + l * column_stride;                             \
            vec8 b0 = AT8(bl), b1 = AT8(bl + 8);                                                   \
            vec b2 = AT(bl + 16);                                                                  \
            for (size_t r = 0; r < R; r++) {                                                       \
                double u = al[r * row_stride];                                                     \
                x[r] += u * b0, y[r] += u * b1, z[r] += u * b2;                                    \
            }                                                                                      \
        }                                                                                          \
        for (size_t r = 0; r < R; r++) {                                                           \
            double *to = c + (i + r) * columns + j;                                                \
            TO8(to) = x[r], TO8(to + 8) = y[r], TO(to + 16) = z[r];                                \
        }                                                                                          \
    } while (0)

ATTNDYN_WIDE void attndyn_product_add(size_t rows, size_t columns, size_t middle,
                                      const double *restrict a, size_t row_stride,
                                      size_t column_stride, const double *restrict b,
                                      double *restrict c) {
    size_t j = 0;
    for (; j + BLOCK <= columns; j += BLOCK) {
        size_t i = 0;
        for (; i + 4 <= rows; i += 4) BLOCK_ROWS(4);
        for (; i + 2 <= rows; i += 2) BLOCK_ROWS(2);
        for (; i < rows; i++) BLOCK_ROWS(1);
    }
    for (; j + LANES <= columns; j += LANES)
        for (size_t i = 0; i < rows; i++) {
            vec x = AT(c + i * columns + j);
            for (size_t l = 0; l < middle; l++)
                x += a[i * row_stride + l * column_stride] * AT(b + l * columns + j);
            TO(c + i * columns + j) = x;
        }
    for (; j < columns; j++)
        for (size_t i = 0; i < rows; i++) {
            double x = c[i * columns + j];
            for (size_t l = 0; l < middle; l++)
                x += a[i * row_stride + l * column_stride] * b[l * columns + j];
            c[i * columns + j] = x;
        }
}

/* Four by four at a time. */
ATTNDYN_WIDE void attndyn_product_transpose(size_t rows, size_t columns, const double *restrict a,
                                            double *restrict t) {
    size_t whole_rows = rows - rows % LANES, whole = columns - columns % LANES;
    for (size_t i = 0; i < whole_rows; i += LANES)
        for (size_t j = 0; j < whole; j += LANES) {
            const double *from = a + i * columns + j;
            vec r0 = AT(from), r1 = AT(from + columns), r2 = AT(from + 2 * columns),
                r3 = AT(from + 3 * columns);
            vec e01 = __builtin_shufflevector(r0, r1, 0, 4, 2, 6),
                o01 = __builtin_shufflevector(r0, r1, 1, 5, 3, 7),
                e23 = __builtin_shufflevector(r2, r3, 0, 4, 2, 6),
                o23 = __builtin_shufflevector(r2, r3, 1, 5, 3, 7);
            double *to = t + j * rows + i;
            TO(to) = __builtin_shufflevector(e01, e23, 0, 1, 4, 5);
            TO(to + rows) = __builtin_shufflevector(o01, o23, 0, 1, 4, 5);
            TO(to + 2 * rows) = __builtin_shufflevector(e01, e23, 2, 3, 6, 7);
            TO(to + 3 * rows) = __builtin_shufflevector(o01, o23, 2, 3, 6, 7);
        }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i < whole_rows ? whole : 0; j < columns; j++)
            t[j * rows + i] = a[i * columns + j];
}

static inline double row_maximum(size_t n, const double *x) {
    double top = x[0];
    size_t j = 1;
    if (n >= LANES) {
        vec most = AT(x);
        for (j = LANES; j + LANES <= n; j += LANES) {
            vec next = AT(x + j);
            for (int k = 0; k < LANES; k++) most[k] = next[k] > most[k] ? next[k] : most[k];
        }
        for (int k = 0; k < LANES; k++) top = k == 0 || most[k] > top ? most[k] : top;
    }
    for (; j < n; j++) top = x[j] > top ? x[j] : top;
    return top;
}

/* One call of the exponential for all rows: its tail would cost as much as a short row. */
ATTNDYN_WIDE void attndyn_product_softmax(size_t rows, size_t columns, const double *restrict a,
                                          double *restrict p) {
    for (size_t i = 0; i < rows; i++) {
        const double *from = a + i * columns;
        double top = row_maximum(columns, from);
        for (size_t j = 0; j < columns; j++) p[i * columns + j] = from[j] - top;
    }
    attndyn_kernel_exp(rows * columns, p, 0);
    for (size_t i = 0; i < rows; i++) {
        double *row = p + i * columns, scale = 1 / attndyn_product_sum(columns, row);
        for (size_t j = 0; j < columns; j++) row[j] *= scale;
    }
}
