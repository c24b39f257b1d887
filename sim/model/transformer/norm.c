/* Layer norm, RMS norm and the l2 norm of Scan&Snap, forward and backward, row by row.
 *
 * With xhat = (x - mean) r: y = gain o xhat + bias. Layer: r = 1/sqrt(var + eps). RMS: mean = 0,
 * r = 1/sqrt(mean(x^2) + eps). L2: mean = 0, r = 1/||x||, no gain (no epsilon, as in the scripts).
 *     dx = r (dxhat - [layer] mean(dxhat) - xhat mean(dxhat o xhat)),  L2: sum for the second mean.
 */
#include "pointwise_private.h"
#include "real_math.h"
#include "transformer_private.h"

ATTNDYN_WIDE void attndyn_net_norm_rows(enum attndyn_norm kind, attndyn_real epsilon, size_t rows,
                                        size_t d, const attndyn_real *gain,
                                        const attndyn_real *bias, const attndyn_real *x,
                                        attndyn_real *y, attndyn_real *stats) {
    for (size_t r = 0; r < rows; r++, x += d, y += d, stats += 2) {
        attndyn_real lane[NET_LANES] = {0}, mean = 0;
        size_t j = 0;
        if (kind == ATTNDYN_NORM_LAYER) {
            for (; j + NET_LANES <= d; j += NET_LANES)
                for (size_t k = 0; k < NET_LANES; k++) lane[k] += x[j + k];
            for (size_t k = 0; j < d; j++, k++) lane[k] += x[j];
            mean = net_lanes_sum(lane) / (attndyn_real)d;
            for (size_t k = 0; k < NET_LANES; k++) lane[k] = 0;
        }
        for (j = 0; j + NET_LANES <= d; j += NET_LANES)
            for (size_t k = 0; k < NET_LANES; k++) {
                attndyn_real c = x[j + k] - mean;
                lane[k] += c * c;
            }
        for (size_t k = 0; j < d; j++, k++) lane[k] += (x[j] - mean) * (x[j] - mean);
        attndyn_real square = net_lanes_sum(lane);
        attndyn_real scale = kind == ATTNDYN_NORM_L2
                                 ? 1 / net_sqrt(square)
                                 : 1 / net_sqrt(square / (attndyn_real)d + epsilon);
        stats[0] = mean;
        stats[1] = scale;
        if (gain && bias)
            for (j = 0; j < d; j++) y[j] = (x[j] - mean) * scale * gain[j] + bias[j];
        else if (gain)
            for (j = 0; j < d; j++) y[j] = (x[j] - mean) * scale * gain[j];
        else
            for (j = 0; j < d; j++) y[j] = (x[j] - mean) * scale;
    }
}

/* dgain and dbias (d each) are added to. */
ATTNDYN_WIDE static void backward_rows(enum attndyn_norm kind, size_t rows, size_t d,
                                       const attndyn_real *gain, const attndyn_real *x,
                                       const attndyn_real *stats, const attndyn_real *dy, bool add,
                                       attndyn_real *dx, attndyn_real *dgain, attndyn_real *dbias) {
    attndyn_real over = kind == ATTNDYN_NORM_L2 ? 1 : 1 / (attndyn_real)d;
    for (size_t r = 0; r < rows; r++, x += d, dy += d, dx += d, stats += 2) {
        attndyn_real mean = stats[0], scale = stats[1];
        attndyn_real sum[NET_LANES] = {0}, dot[NET_LANES] = {0};
        size_t j = 0;
        for (; j + NET_LANES <= d; j += NET_LANES)
            for (size_t k = 0; k < NET_LANES; k++) {
                attndyn_real h = (x[j + k] - mean) * scale, w = dy[j + k];
                if (gain) w *= gain[j + k];
                sum[k] += w;
                dot[k] += w * h;
            }
        for (size_t k = 0; j < d; j++, k++) {
            attndyn_real h = (x[j] - mean) * scale, w = gain ? dy[j] * gain[j] : dy[j];
            sum[k] += w;
            dot[k] += w * h;
        }
        attndyn_real a = kind == ATTNDYN_NORM_LAYER ? net_lanes_sum(sum) * over : 0;
        attndyn_real b = net_lanes_sum(dot) * over;
        if (gain)
            for (j = 0; j < d; j++) {
                attndyn_real h = (x[j] - mean) * scale;
                dgain[j] += dy[j] * h;
                dbias[j] += dy[j];
            }
        for (j = 0; j < d; j++) {
            attndyn_real h = (x[j] - mean) * scale, w = gain ? dy[j] * gain[j] : dy[j];
            attndyn_real v = scale * (w - a - h * b);
            dx[j] = add ? dx[j] + v : v;
        }
    }
}

void attndyn_net_norm(const struct attndyn_transformer *m, const struct attndyn_weights_norm *norm,
                      size_t rows, const attndyn_real *x, attndyn_real *y, attndyn_real *stats) {
    size_t d = m->weights->config.width;
    struct net_cut cut = net_cut(rows);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i);
        attndyn_net_norm_rows(m->weights->config.norm,
                              (attndyn_real)m->weights->config.norm_epsilon, net_rows(cut, rows, i),
                              d, norm->gain, norm->bias, x + from * d, y + from * d,
                              stats + 2 * from);
    }
}

/* The blocks' sums into the gradient, in their order. */
static void collect(struct net_parameter *n, size_t blocks, size_t stride,
                    const attndyn_real *partial) {
    if (!net_trains(n)) return;
    size_t d = n->p->columns;
    attndyn_real *g = n->p->gradient;
    for (size_t i = 0; i < blocks; i++)
        for (size_t j = 0; j < d; j++)
            g[j] = (i || n->written ? g[j] : 0) + partial[i * stride + j];
    n->written = true;
}

void attndyn_net_norm_back(const struct attndyn_transformer *m, struct net_norm *norm, size_t rows,
                           const attndyn_real *x, const attndyn_real *stats, const attndyn_real *dy,
                           bool add, attndyn_real *dx) {
    size_t d = m->weights->config.width;
    const attndyn_real *gain = norm->gain ? norm->gain->p->value : NULL;
    struct net_cut cut = net_cut(rows);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i);
        attndyn_real *sums = m->training->partial + i * 2 * d;
        for (size_t j = 0; j < 2 * d; j++) sums[j] = 0;
        backward_rows(m->weights->config.norm, net_rows(cut, rows, i), d, gain, x + from * d,
                      stats + 2 * from, dy + from * d, add, dx + from * d, sums, sums + d);
    }
    collect(norm->gain, cut.count, 2 * d, m->training->partial);
    collect(norm->bias, cut.count, 2 * d, m->training->partial + d);
}
