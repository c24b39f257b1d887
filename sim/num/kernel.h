/* The inner loops of the Y/Z models: sparse row combinations, dot products and exponentials.
 *
 * Each sum runs in a fixed order that does not depend on the machine (dot products and sums over
 * columns: eight interleaved partial sums, added pairwise), and nothing is contracted, so that the
 * variants compiled for wider vectors give the same bits as the plain one.
 */
#ifndef ATTNDYN_NUM_KERNEL_H
#define ATTNDYN_NUM_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* out[j] = sum_i weight[i] matrix[row[i] * stride + j], j < columns; i in order. row NULL: 0, 1,
 * ... weight: (terms), row: (terms), out: (columns), no overlap with matrix. */
void attndyn_kernel_combine(size_t terms, const double *weight, const uint32_t *row,
                            const double *matrix, size_t stride, size_t columns, double *out);

/* out[i] = sum_j matrix[row[i] * stride + j] x[j], j < columns. */
void attndyn_kernel_dots(size_t terms, const uint32_t *row, const double *matrix, size_t stride,
                         size_t columns, const double *x, double *out);

/* x[j] <- exp(x[j] - shift), where no x[j] exceeds shift by more than 700; returns their sum.
 * Error below 1 ulp of the exact result (measured); below exp(-708) the result is 0. */
double attndyn_kernel_exp(size_t n, double *x, double shift);

/* The largest of x (n >= 1). */
double attndyn_kernel_max(size_t n, const double *x);

/* x[j] <- scale x[j]. */
void attndyn_kernel_scale(size_t n, double scale, double *x);

/* out[j] = base[j] + sum_i weight[i] x[i][j], i in order. x: (terms) arrays of n; no overlap. */
void attndyn_kernel_sum(size_t n, const double *base, size_t terms, const double *weight,
                        const double *const *x, double *out);

/* Heavy-ball step as PyTorch's SGD has it: v <- momentum v + g, w <- w + step v. */
void attndyn_kernel_momentum(size_t n, double momentum, double step, const double *g, double *v,
                             double *w);

#endif
