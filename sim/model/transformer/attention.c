/* Attention, one (sequence, key head) at a time: scores, weights, the heads' sums of values, and
 * back. s_ij = scale q_i . k_j over the allowed keys j; w = softmax(s) or its kin; c_i = sum_j w_ij
 * v_j. Backward: dw_ij = dc_i . v_j, dv_j = sum_i w_ij dc_i, and
 *     softmax, off by one:  ds = w o (dw - sum_j w dw)      exp:  ds = w o dw     linear:  ds = dw
 *     relu:  ds = dw where w > 0      sigmoid:  ds = w (1 - w) dw
 * A key that counts n times has n exp(s), n s, n max(s, 0) or n sigmoid(s): exp and its kin take s
 * + ln n. ALiBi subtracts slope x distance from the scores, which does not enter the gradient.
 * Queries go in blocks, so that keys after the block are never touched where attention is
 * causal. */
#include "../../base/thread.h"
#include "real_math.h"
#include "transformer_private.h"

enum { QUERIES = 64 }; /* of a block */

/* The keys [*from, *to) that query i of a sequence of this length may see, within `window` (0: any
 * distance); without `self` not its own. */
static void allowed(const struct attndyn_transformer_config *c, size_t window, size_t length,
                    size_t i, size_t *from, size_t *to) {
    *to = c->causal ? i + 1 : length;
    if (c->causal && !c->self) *to = i;
    *from = window && i + 1 > window ? i + 1 - window : 0;
    if (window && !c->causal && *to > i + window) *to = i + window;
    if (*from > *to) *from = *to;
}

/* Turns a row of scores (length) into weights, in place; masked entries become 0. */
ATTNDYN_WIDE_PART void weigh(const struct attndyn_transformer_config *c, size_t window,
                             size_t length, size_t i, const double *counts, attndyn_real *row) {
    size_t from, to;
    allowed(c, window, length, i, &from, &to);
    bool hole = !c->self && !c->causal && i >= from && i < to;
    for (size_t j = 0; j < from; j++) row[j] = 0;
    for (size_t j = to; j < length; j++) row[j] = 0;
    if (hole) row[i] = -INFINITY;
    size_t n = to - from;
    if (n == 0) return;
    if (hole && n == 1) {
        row[i] = 0;
        return;
    }
    attndyn_real *x = row + from;
    if (c->attention == ATTNDYN_ATTENTION_SOFTMAX || c->attention == ATTNDYN_ATTENTION_OFF_BY_ONE) {
        bool one = c->attention == ATTNDYN_ATTENTION_OFF_BY_ONE;
        double max, sum = attndyn_net_softmax(n, x, n, one ? 0 : -INFINITY, &max);
        if (hole) sum -= (double)row[i]; /* exp(-87) in single precision, exp(-inf) in double */
        if (one) sum += exp(-max);
        attndyn_real over = (attndyn_real)(1 / sum);
        for (size_t j = 0; j < n; j++) x[j] *= over;
    } else if (c->attention == ATTNDYN_ATTENTION_EXP) {
        for (size_t j = 0; j < n; j++) x[j] = (attndyn_real)exp((double)x[j]);
    } else if (c->attention == ATTNDYN_ATTENTION_RELU) {
        for (size_t j = 0; j < n; j++) x[j] = x[j] > 0 ? x[j] : 0 * x[j]; /* nan stays nan */
    } else if (c->attention == ATTNDYN_ATTENTION_SIGMOID) {
        for (size_t j = 0; j < n; j++) x[j] = net_sigmoid(x[j]);
        for (size_t j = 0; counts && j < n; j++) x[j] *= (attndyn_real)counts[from + j];
    }
    if (hole) row[i] = 0;
}

/* Scores' gradient from the weights' gradient, in place; zero where not allowed. */
ATTNDYN_WIDE_PART void weigh_back(const struct attndyn_transformer_config *c, size_t window,
                                  size_t length, size_t i, const double *counts,
                                  const attndyn_real *w, attndyn_real *dw) {
    size_t from, to;
    allowed(c, window, length, i, &from, &to);
    attndyn_real scale = (attndyn_real)c->attention_scale, mean = 0;
    for (size_t j = 0; j < from; j++) dw[j] = 0;
    for (size_t j = to; j < length; j++) dw[j] = 0;
    if (c->attention == ATTNDYN_ATTENTION_SOFTMAX || c->attention == ATTNDYN_ATTENTION_OFF_BY_ONE) {
        attndyn_real lane[NET_LANES] = {0};
        size_t j = from;
        for (; j + NET_LANES <= to; j += NET_LANES)
            for (size_t k = 0; k < NET_LANES; k++) lane[k] += w[j + k] * dw[j + k];
        for (size_t k = 0; j < to; j++, k++) lane[k] += w[j] * dw[j];
        mean = net_lanes_sum(lane);
    }
    if (c->attention == ATTNDYN_ATTENTION_LINEAR)
        for (size_t j = from; j < to; j++) dw[j] *= scale;
    else if (c->attention == ATTNDYN_ATTENTION_RELU)
        for (size_t j = from; j < to; j++) dw[j] = w[j] > 0 ? scale * dw[j] : 0;
    else if (c->attention == ATTNDYN_ATTENTION_SIGMOID)
        for (size_t j = from; j < to; j++) {
            attndyn_real once = counts ? w[j] / (attndyn_real)counts[j] : w[j];
            dw[j] = scale * w[j] * (1 - once) * dw[j];
        }
    else
        for (size_t j = from; j < to; j++) dw[j] = scale * w[j] * (dw[j] - mean);
    if (!c->self && i >= from && i < to) dw[i] = 0;
}

/* Queries [first, first + n) see keys below this. */
static size_t keys_end(const struct attndyn_transformer_config *c, size_t length, size_t first,
                       size_t n) {
    return c->causal ? first + n : length;
}

static size_t block_size(size_t length, size_t first) {
    return length - first < QUERIES ? length - first : QUERIES;
}

static const attndyn_real *dropped(const struct attndyn_transformer *m, size_t layer, size_t first,
                                   size_t count, const attndyn_real *w, attndyn_real *room) {
    double rate = m->weights->config.dropout_attention;
    if (!m->dropping || rate == 0) return w;
    attndyn_net_drop(m, rate, NET_SITE_ATTENTION, layer, first, count, w, room);
    return room;
}

ATTNDYN_WIDE static void weigh_block(const struct attndyn_transformer_config *c, size_t window,
                                     size_t length, size_t first, size_t n, const double *counts,
                                     attndyn_real *w) {
    for (size_t i = 0; i < n; i++) weigh(c, window, length, first + i, counts, w + i * length);
}

ATTNDYN_WIDE static void weigh_block_back(const struct attndyn_transformer_config *c, size_t window,
                                          size_t length, size_t first, size_t n,
                                          const double *counts, const attndyn_real *w,
                                          attndyn_real *dw) {
    for (size_t i = 0; i < n; i++)
        weigh_back(c, window, length, first + i, counts, w + i * length, dw + i * length);
}

/* counts: (keys). Scores (n, keys) of stride T become those of keys that count so often; those of
 * linear and ReLU attention, which are n times as large, have gradients n times as large. */
static void count_keys(const struct attndyn_transformer_config *c, const double *counts, size_t n,
                       size_t keys, size_t T, bool back, attndyn_real *w) {
    bool linear =
        c->attention == ATTNDYN_ATTENTION_LINEAR || c->attention == ATTNDYN_ATTENTION_RELU;
    if (!counts || c->attention == ATTNDYN_ATTENTION_SIGMOID || (back && !linear)) return;
    for (size_t j = 0; j < keys; j++) {
        attndyn_real x = (attndyn_real)(linear ? counts[j] : log(counts[j]));
        for (size_t i = 0; i < n; i++) w[i * T + j] = linear ? x * w[i * T + j] : x + w[i * T + j];
    }
}

/* ALiBi: scores (n, keys) of queries [first, first + n) lose slope x distance. */
static void lean(const struct attndyn_transformer_config *c, size_t head, size_t first, size_t n,
                 size_t keys, size_t T, attndyn_real *w) {
    if (c->position != ATTNDYN_POSITION_ALIBI) return;
    const attndyn_real slope = (attndyn_real)attndyn_alibi_slope(c->heads, head % c->heads);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < keys; j++) {
            size_t at = first + i;
            w[i * T + j] -= slope * (attndyn_real)(at > j ? at - j : j - at);
        }
}

/* counts of a head's sequence; heads are numbered sequence after sequence. */
static const double *counts_of(const struct attndyn_transformer *m, size_t head, size_t T) {
    return m->counts ? m->counts + head / m->weights->config.heads * T : NULL;
}

/* One head of one sequence: q, k, v with stride ld; w: (T, T); context with stride ldc. */
static void attend(const struct attndyn_transformer *m, size_t layer, size_t head, size_t T,
                   const attndyn_real *q, const attndyn_real *k, const attndyn_real *v, size_t ld,
                   attndyn_real *w, attndyn_real *context, size_t ldc, attndyn_real *room) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const double *counts = counts_of(m, head, T);
    size_t a = c->head_width, window = attndyn_transformer_window(c, layer);
    for (size_t i = 0; i < T; i += QUERIES) {
        size_t n = block_size(T, i), keys = keys_end(c, T, i, n);
        attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, n, keys, a,
                          (attndyn_real)c->attention_scale, q + i * ld, ld, k, ld, 0, w + i * T, T);
        lean(c, head, i, n, keys, T, w + i * T);
        count_keys(c, counts, n, keys, T, false, w + i * T);
        weigh_block(c, window, T, i, n, counts, w + i * T);
        const attndyn_real *used = dropped(m, layer, (head * T + i) * T, n * T, w + i * T, room);
        attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, a, keys, 1, used, T, v, ld, 0,
                          context + i * ldc, ldc);
    }
}

/* dk and dv of this head are added where `add`, else overwritten; dq is overwritten. */
static void attend_back(const struct attndyn_transformer *m, size_t layer, size_t head, size_t T,
                        const attndyn_real *q, const attndyn_real *k, const attndyn_real *v,
                        size_t ld, const attndyn_real *w, const attndyn_real *d_context, size_t ldc,
                        bool add, attndyn_real *dq, attndyn_real *dk, attndyn_real *dv,
                        attndyn_real *room, attndyn_real *dw) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const double *counts = counts_of(m, head, T);
    size_t a = c->head_width, window = attndyn_transformer_window(c, layer);
    double rate = m->dropping ? c->dropout_attention : 0;
    if (!add)
        for (size_t j = 0; j < T; j++)
            for (size_t x = 0; x < a; x++) dk[j * ld + x] = dv[j * ld + x] = 0;
    for (size_t i = 0; i < T; i += QUERIES) {
        size_t n = block_size(T, i), keys = keys_end(c, T, i, n);
        const attndyn_real *dc = d_context + i * ldc;
        const attndyn_real *used = dropped(m, layer, (head * T + i) * T, n * T, w + i * T, room);
        attndyn_gemm_real(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, keys, a, n, 1, used, T, dc, ldc, 1, dv,
                          ld);
        attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, n, keys, a, 1, dc, ldc, v, ld, 0, dw,
                          T);
        if (rate > 0)
            attndyn_net_drop(m, rate, NET_SITE_ATTENTION, layer, (head * T + i) * T, n * T, dw, dw);
        weigh_block_back(c, window, T, i, n, counts, w + i * T, dw);
        count_keys(c, counts, n, keys, T, true, dw);
        attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, a, keys, 1, dw, T, k, ld, 0, dq + i * ld,
                          ld);
        attndyn_gemm_real(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, keys, a, n, 1, dw, T, q + i * ld, ld,
                          1, dk, ld);
    }
}

/* Two (T, T); without dropout the forward pass needs none, and a network that is not trained has
 * none. */
static attndyn_real *room_of_thread(const struct attndyn_transformer *m) {
    size_t T = m->max_length;
    return m->training ? m->training->scratch + (size_t)attndyn_thread() * 2 * T * T : NULL;
}

void attndyn_net_attend(const struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const struct net_layer *layer = &m->layer[l];
    size_t B = m->batch->sequences, T = m->batch->length, H = c->heads, G = c->kv_heads;
    size_t a = c->head_width, ld = net_qkv_width(c), each = H / G;
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < B * H; i++) {
        size_t b = i / H, h = i % H;
        const attndyn_real *row = layer->qkv + b * T * ld;
        attend(m, l, i, T, row + h * a, row + (H + h / each) * a, row + (H + G + h / each) * a, ld,
               layer->attention + i * T * T, layer->context + b * T * H * a + h * a, H * a,
               room_of_thread(m));
    }
}

void attndyn_net_attend_back(const struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const struct net_layer *layer = &m->layer[l];
    size_t B = m->batch->sequences, T = m->batch->length, H = c->heads, G = c->kv_heads;
    size_t a = c->head_width, ld = net_qkv_width(c), each = H / G;
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < B * G; i++) {
        size_t b = i / G, g = i % G;
        const attndyn_real *row = layer->qkv + b * T * ld;
        attndyn_real *d_row = m->training->d_qkv + b * T * ld, *room = room_of_thread(m);
        for (size_t e = 0; e < each; e++) {
            size_t h = g * each + e;
            attend_back(m, l, b * H + h, T, row + h * a, row + (H + g) * a, row + (H + G + g) * a,
                        ld, layer->attention + (b * H + h) * T * T,
                        m->training->d_context + b * T * H * a + h * a, H * a, e > 0, d_row + h * a,
                        d_row + (H + g) * a, d_row + (H + G + g) * a, room,
                        room + m->max_length * m->max_length);
        }
    }
}
