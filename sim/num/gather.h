/* Products with scattered rows of a matrix: just those that a token needs of a layer. The next rows
 * are prefetched while the present ones are multiplied, as the processor's own prefetching cannot
 * know where they are.
 *
 * The order of every sum is gemv.h's, so that leaving out rows changes nothing in the others, and
 * leaving out terms that are 0 changes no bit. */
#ifndef ATTNDYN_NUM_GATHER_H
#define ATTNDYN_NUM_GATHER_H

#include <stddef.h>
#include <stdint.h>

/* y[k] = sum_j w[unit[k] stride + j] x[j], k < n: attndyn_gemv's y[unit[k]] bit for bit. */
void attndyn_gather_rows(size_t n, const uint32_t *unit, size_t columns, const float *w,
                         size_t stride, const float *x, float *y);
void attndyn_gather_rows_double(size_t n, const uint32_t *unit, size_t columns, const double *w,
                                size_t stride, const double *x, double *y);

/* y[i] = sum_k h[k] w[unit[k] stride + i], i < columns; unit: ascending. It is what attndyn_gemv
 * has for the transposed matrix and an h that is 0 at all other units, bit for bit, as long as the
 * numbers are finite. Terms with h[k] = 0 are not read. room: attndyn_gather_room(n, columns)
 * numbers; order: (n). */
void attndyn_gather_sum(size_t n, const uint32_t *unit, const float *h, size_t columns,
                        const float *w, size_t stride, float *y, float *room, uint32_t *order);
void attndyn_gather_sum_double(size_t n, const uint32_t *unit, const double *h, size_t columns,
                               const double *w, size_t stride, double *y, double *room,
                               uint32_t *order);
static inline size_t attndyn_gather_room(size_t n, size_t columns) {
    return n + 16 * columns;
}

#endif
