/* The exponentials of a softmax over one row. */
#include "pointwise_private.h"
#include "real_math.h"
#include "transformer_private.h"

ATTNDYN_WIDE static attndyn_real largest(size_t n, const attndyn_real *x) {
    attndyn_real lane[NET_LANES];
    for (int k = 0; k < NET_LANES; k++) lane[k] = x[0];
    size_t j = 0;
    for (; j + NET_LANES <= n; j += NET_LANES)
        for (size_t k = 0; k < NET_LANES; k++) lane[k] = x[j + k] > lane[k] ? x[j + k] : lane[k];
    for (; j < n; j++) lane[0] = x[j] > lane[0] ? x[j] : lane[0];
    for (int k = 1; k < NET_LANES; k++) lane[0] = lane[k] > lane[0] ? lane[k] : lane[0];
    return lane[0];
}

ATTNDYN_WIDE static attndyn_real exponentials(size_t n, attndyn_real *x, attndyn_real shift) {
    attndyn_real lane[NET_LANES] = {0};
    size_t j = 0;
    for (; j + NET_LANES <= n; j += NET_LANES)
        for (size_t k = 0; k < NET_LANES; k++) {
            x[j + k] = net_exp(x[j + k] - shift);
            lane[k] += x[j + k];
        }
    if (j < n) { /* as many lanes as before, so that they are computed at once */
        attndyn_real rest[NET_LANES];
        for (size_t k = 0; k < NET_LANES; k++) rest[k] = j + k < n ? x[j + k] : shift;
        for (size_t k = 0; k < NET_LANES; k++) rest[k] = net_exp(rest[k] - shift);
        for (size_t k = 0; j < n; j++, k++) {
            x[j] = rest[k];
            lane[k] += rest[k];
        }
    }
    return net_lanes_sum(lane);
}

double attndyn_net_softmax(size_t n, attndyn_real *x, double at_least, double *max) {
    attndyn_real top = largest(n, x);
    if (top < (attndyn_real)at_least) top = (attndyn_real)at_least;
    *max = (double)top;
    /* Rows of many thousands: partial sums of 4096, added in double, so that single precision
     * does not lose the small terms. */
    double sum = 0;
    for (size_t j = 0; j < n; j += 4096)
        sum += (double)exponentials(n - j < 4096 ? n - j : 4096, x + j, top);
    return sum;
}
