/* Positions: the sinusoidal table and RoPE's rotations.
 *
 * Sinusoidal (Vaswani et al. 2017, section 3.5): PE[t, 2 j] = sin(t w_j), PE[t, 2 j + 1] =
 * cos(t w_j), w_j = 10000^(-2 j / d). RoPE (Su et al. 2021): pair j of the first R = fraction a
 * coordinates of each query and key head turns by t base^(-2 j / R).
 */
#include "../../base/wide.h"
#include "transformer_private.h"

#include <math.h>

static size_t turning(const struct attndyn_transformer_config *c) {
    return (size_t)((double)c->head_width * c->rope_fraction) / 2 * 2;
}

void attndyn_net_positions(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t d = c->width, half = turning(c) / 2;
    if (m->waves && c->position == ATTNDYN_POSITION_LEARNED)
        attndyn_matrix_widen(&m->weights->position, c->position_offset, m->max_length, m->waves);
    bool waves = c->position == ATTNDYN_POSITION_SINUSOIDAL;
    for (size_t t = 0; waves && t < m->max_length; t++)
        for (size_t j = 0; j < d; j++) {
            double angle = (double)t * pow(10000, -(double)(j / 2 * 2) / (double)d);
            m->waves[t * d + j] = (attndyn_real)(j % 2 ? cos(angle) : sin(angle));
        }
    for (size_t t = 0; m->turns && t < m->max_length; t++)
        for (size_t j = 0; j < half; j++) {
            double angle = (double)t * pow(c->rope_base, -(double)j / (double)half);
            m->turns[2 * t * half + j] = (attndyn_real)cos(angle);
            m->turns[(2 * t + 1) * half + j] = (attndyn_real)sin(angle);
        }
}

/* Pairs (u_j, v_j), `step` numbers from one to the next, by angles of these cosines and sines. */
ATTNDYN_WIDE_PART void turn(size_t half, size_t step, const attndyn_real *restrict cosines,
                            const attndyn_real *restrict sines, attndyn_real sign,
                            attndyn_real *restrict u, attndyn_real *restrict v) {
    for (size_t j = 0; j < half; j++) {
        attndyn_real sine = sign * sines[j], a = u[j * step], b = v[j * step];
        u[j * step] = a * cosines[j] - b * sine;
        v[j * step] = a * sine + b * cosines[j];
    }
}

/* The heads of one row, a numbers each, by the angles of its position; sign -1: the other way. */
ATTNDYN_WIDE static void turn_row(size_t half, bool interleaved, size_t heads, size_t a,
                                  const attndyn_real *turns, attndyn_real sign, attndyn_real *x) {
    for (size_t h = 0; h < heads; h++, x += a)
        if (interleaved)
            turn(half, 2, turns, turns + half, sign, x, x + 1);
        else
            turn(half, 1, turns, turns + half, sign, x, x + half);
}

void attndyn_net_rotate(const struct attndyn_transformer *m, bool back, attndyn_real *qkv) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    if (!m->turns) return;
    bool interleaved = c->position == ATTNDYN_POSITION_ROPE_INTERLEAVED;
    size_t half = turning(c) / 2, ld = net_qkv_width(c), heads = c->heads + c->kv_heads;
    size_t T = m->batch->length, rows = net_batch_rows(m);
    struct net_cut cut = net_cut(rows);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i), n = net_rows(cut, rows, i);
        for (size_t r = from; r < from + n; r++)
            turn_row(half, interleaved, heads, c->head_width, m->turns + 2 * (r % T) * half,
                     back ? -1 : 1, qkv + r * ld);
    }
}
