/* The decoder, the softmax and the cross-entropy, in blocks of rows, so that of the logits (rows,
 * O) only m->head_rows rows exist at a time.
 *
 * loss = sum_r w_r (log sum_o exp(l_ro) - l_r,y) / sum_r w_r over the rows with a target;
 * dl = w_r (softmax(l) - onehot) / sum w. The outputs are cut into tiles, one thread each.
 */
#include "real_math.h"
#include "transformer_private.h"

static double weight_of(const struct attndyn_transformer *m, size_t row) {
    const struct attndyn_batch *b = m->batch;
    if (!b->targets || b->targets[row] == ATTNDYN_TARGET_NONE) return 0;
    if (!b->weights) return 1;
    return b->weights[m->weights->config.last_only ? row : row / b->length];
}

ATTNDYN_WIDE static void scale_row(size_t n, attndyn_real scale, attndyn_real *x) {
    for (size_t j = 0; j < n; j++) x[j] *= scale;
}

/* The loss of one row of logits; with `back` the row becomes its gradient times weight. */
static double row_loss(size_t outputs, uint32_t target, double weight, bool back,
                       attndyn_real *row) {
    double at = (double)row[target], max;
    double sum = attndyn_net_softmax(outputs, row, outputs, -INFINITY, &max);
    if (back) {
        scale_row(outputs, (attndyn_real)(weight / sum), row);
        /* minus the sum of the others would cost a pass; the rounding here is relative to 1 */
        row[target] -= (attndyn_real)weight;
    }
    return log(sum) + max - at;
}

static void logits_tile(const struct attndyn_transformer *m, size_t rows, const attndyn_real *x,
                        size_t from, size_t n) {
    size_t d = m->weights->config.embedding_width, O = m->weights->config.outputs;
    attndyn_net_multiply(m, &m->weights->decoder.weight, from, n, rows, x, d, m->logits + from, O);
    const attndyn_real *b = m->weights->decoder.bias ? m->weights->decoder.bias + from : NULL;
    for (size_t r = 0; b && r < rows; r++)
        for (size_t j = 0; j < n; j++) m->logits[r * O + from + j] += b[j];
}

/* The decoder's gradients from this block's dlogits. */
static void tile_back(const struct attndyn_transformer *m, size_t rows, const attndyn_real *x,
                      size_t from, size_t n) {
    size_t d = m->weights->config.embedding_width, O = m->weights->config.outputs;
    const struct net_linear *D = &m->training->decoder;
    if (net_trains(D->weight))
        attndyn_gemm_real(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, n, d, rows, 1, m->logits + from, O, x,
                          d, D->weight->written ? 1 : 0, D->weight->p->gradient + from * d, d);
    if (!net_trains(D->bias)) return;
    attndyn_real *db = D->bias->p->gradient + from;
    for (size_t j = 0; !D->bias->written && j < n; j++) db[j] = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++) db[j] += m->logits[r * O + from + j];
}

/* Tiles of the outputs and blocks of rows, at the same time where `back`. */
static void block_back(struct attndyn_transformer *m, size_t rows, const attndyn_real *x,
                       attndyn_real *dx) {
    size_t d = m->weights->config.embedding_width, O = m->weights->config.outputs;
    struct net_cut tiles = net_cut(O), by_row = net_cut(rows);
    NET_PARALLEL_FOR(m, dynamic)
    for (size_t i = 0; i < by_row.count + tiles.count; i++) {
        if (i < by_row.count) {
            size_t from = net_from(by_row, i);
            attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_PLAIN, net_rows(by_row, rows, i), d, O, 1,
                              m->logits + from * O, O, m->training->decoder.weight->p->value, d, 0,
                              dx + from * d, d);
        } else {
            size_t t = i - by_row.count;
            tile_back(m, rows, x, net_from(tiles, t), net_rows(tiles, O, t));
        }
    }
    struct net_linear *D = &m->training->decoder;
    D->weight->written = true;
    if (D->bias) D->bias->written = true;
}

double attndyn_net_head(struct attndyn_transformer *m, attndyn_real *dx, attndyn_real *logits) {
    bool back = dx != NULL;
    size_t d = m->weights->config.embedding_width, O = m->weights->config.outputs,
           all = net_head_rows(m);
    double total = 0, loss = 0;
    for (size_t r = 0; r < all; r++) total += weight_of(m, r);
    for (size_t first = 0; first < all; first += m->head_rows) {
        size_t rows = all - first < m->head_rows ? all - first : m->head_rows;
        const attndyn_real *x = (m->narrowed ? m->narrowed : m->final) + first * d;
        struct net_cut tiles = net_cut(O);
        NET_PARALLEL_FOR(m, static)
        for (size_t t = 0; t < tiles.count; t++)
            logits_tile(m, rows, x, net_from(tiles, t), net_rows(tiles, O, t));
        for (size_t j = 0; logits && j < rows * O; j++) logits[first * O + j] = m->logits[j];
        NET_PARALLEL_FOR(m, static)
        for (size_t r = 0; r < rows; r++) {
            double w = weight_of(m, first + r);
            attndyn_real *row = m->logits + r * O;
            bool counts = m->batch->targets && m->batch->targets[first + r] != ATTNDYN_TARGET_NONE;
            m->losses[first + r] =
                counts ? row_loss(O, m->batch->targets[first + r], w / total, back, row) : NAN;
            for (size_t j = 0; back && !counts && j < O; j++) row[j] = 0;
        }
        if (back) block_back(m, rows, x, dx + first * d);
    }
    for (size_t r = 0; r < all; r++) {
        double w = weight_of(m, r);
        if (w > 0) loss += w * m->losses[r];
    }
    return loss / total;
}
