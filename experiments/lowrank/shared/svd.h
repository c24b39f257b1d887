/* The singular vectors of a gradient. */
#ifndef LOWRANK_SHARED_SVD_H
#define LOWRANK_SHARED_SVD_H

#include "sim/base/context.h"

/* G (m, n) by rows; k = min(m, n). s: (k). *u (k, m) and *vt (n, k): the left and the right
 * vectors, the j-th left one at u + j m, its partner's i-th number at vt[i k + j]; of the context.
 */
enum attndyn_status svd_of(struct attndyn_context *ctx, size_t m, size_t n, const double *G,
                           double *s, double **u, double **vt);

#endif
