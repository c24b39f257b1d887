/* What training and inference compute alike, row by row: norms, activations, the softmax. */
#ifndef ATTNDYN_MODEL_TRANSFORMER_POINTWISE_PRIVATE_H
#define ATTNDYN_MODEL_TRANSFORMER_POINTWISE_PRIVATE_H

#include "../../base/real.h"
#include "config.h"

#define attndyn_net_norm_rows ATTNDYN_REAL_NAME(attndyn_net_norm_rows)
#define attndyn_net_activate_row ATTNDYN_REAL_NAME(attndyn_net_activate_row)
#define attndyn_net_softmax ATTNDYN_REAL_NAME(attndyn_net_softmax)
#define attndyn_net_softmax_top ATTNDYN_REAL_NAME(attndyn_net_softmax_top)
#define attndyn_net_softmax_sum ATTNDYN_REAL_NAME(attndyn_net_softmax_sum)

/* norm.c: y = norm(x), (rows, d), by one thread; gain and bias: (d) or NULL; stats: (rows, 2). */
void attndyn_net_norm_rows(enum attndyn_norm kind, attndyn_real epsilon, size_t rows, size_t d,
                           const attndyn_real *gain, const attndyn_real *bias,
                           const attndyn_real *x, attndyn_real *y, attndyn_real *stats);
/* activation.c: h = phi(x), or x silu(gate); n numbers, which may not overlap, by one thread. */
void attndyn_net_activate_row(enum attndyn_mlp kind, size_t n, const attndyn_real *gate,
                              const attndyn_real *x, attndyn_real *h);
/* softmax.c: exp(x - max) in place over n numbers, max at least `at_least`; returns the sum and the
 * maximum. Of x there are `room` numbers: those behind n are scratch. */
double attndyn_net_softmax(size_t n, attndyn_real *x, size_t room, double at_least, double *max);
/* Its two halves, so that those of several rows may follow each other: n > 0. */
attndyn_real attndyn_net_softmax_top(size_t n, attndyn_real *x, size_t room, double at_least);
double attndyn_net_softmax_sum(size_t n, attndyn_real *x, size_t room, attndyn_real top);

#endif
