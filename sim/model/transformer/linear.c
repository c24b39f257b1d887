/* Linear maps: y = x W^T + b and its gradients, in blocks of rows. */
#include "../../base/thread.h"
#include "transformer_private.h"

void attndyn_net_multiply(const struct attndyn_transformer *m, const struct attndyn_matrix *W,
                          size_t first, size_t n, size_t rows, const attndyn_real *x, size_t ldx,
                          attndyn_real *y, size_t ldy) {
    const attndyn_real *w = attndyn_matrix_real(W);
    size_t in = W->columns;
    if (w && W->transposed) {
        attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_PLAIN, rows, n, in, 1, x, ldx, w + first,
                          W->stride, 0, y, ldy);
        return;
    }
    if (w) {
        attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, n, in, 1, x, ldx,
                          w + first * W->stride, W->stride, 0, y, ldy);
        return;
    }
    attndyn_real *room = m->widened + (size_t)attndyn_thread() * m->widened_each;
    for (size_t i = 0; i < n; i += NET_WIDENED) {
        size_t count = n - i < NET_WIDENED ? n - i : NET_WIDENED;
        attndyn_matrix_widen(W, first + i, count, room);
        attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, rows, count, in, 1, x, ldx, room, in,
                          0, y + i, ldy);
    }
}

static void add_bias(const attndyn_real *b, size_t rows, size_t n, attndyn_real *y, size_t ldy) {
    for (size_t r = 0; b && r < rows; r++)
        for (size_t j = 0; j < n; j++) y[r * ldy + j] += b[j];
}

/* Threads share the rows of the input; if the matrix must be widened they share its rows instead,
 * so that each is widened once. */
void attndyn_net_linear(const struct attndyn_transformer *m,
                        const struct attndyn_weights_linear *map, size_t rows,
                        const attndyn_real *x, size_t ldx, attndyn_real *y, size_t ldy) {
    const struct attndyn_matrix *W = &map->weight;
    bool whole = attndyn_matrix_real(W) != NULL;
    struct net_cut cut = net_cut(whole ? rows : W->rows);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i), n = net_rows(cut, whole ? rows : W->rows, i);
        if (whole) {
            attndyn_net_multiply(m, W, 0, W->rows, n, x + from * ldx, ldx, y + from * ldy, ldy);
            add_bias(map->bias, n, W->rows, y + from * ldy, ldy);
        } else {
            attndyn_net_multiply(m, W, from, n, rows, x, ldx, y + from, ldy);
            add_bias(map->bias ? map->bias + from : NULL, rows, n, y + from, ldy);
        }
    }
}

/* Sums of dy over the rows, columns [from, from + n): the rows in their order. */
static void bias_back(const attndyn_real *dy, size_t ldy, size_t rows, size_t from, size_t n,
                      bool add, attndyn_real *db) {
    if (!add)
        for (size_t j = 0; j < n; j++) db[from + j] = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++) db[from + j] += dy[r * ldy + from + j];
}

void attndyn_net_linear_back(const struct attndyn_transformer *m, struct net_linear *map,
                             size_t rows, size_t in, size_t out, const attndyn_real *x, size_t ldx,
                             const attndyn_real *dy, size_t ldy, attndyn_real beta,
                             attndyn_real *dx) {
    const attndyn_real *w = map->weight->p->value;
    bool weight = net_trains(map->weight), bias = net_trains(map->bias);
    attndyn_real *dw = map->weight->p->gradient, *db = bias ? map->bias->p->gradient : NULL;
    attndyn_real keep = map->weight->written ? 1 : 0;
    struct net_cut by_row = net_cut(rows), by_out = net_cut(out);
    size_t back = dx ? by_row.count : 0, sums = weight || bias ? by_out.count : 0;
    NET_PARALLEL_FOR(m, dynamic)
    for (size_t i = 0; i < back + sums; i++) {
        if (i < back) {
            size_t from = net_from(by_row, i), n = net_rows(by_row, rows, i);
            attndyn_gemm_real(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, in, out, 1, dy + from * ldy, ldy, w,
                              in, beta, dx + from * ldx, ldx);
            continue;
        }
        size_t from = net_from(by_out, i - back), n = net_rows(by_out, out, i - back);
        if (weight)
            attndyn_gemm_real(ATTNDYN_TRANSPOSED, ATTNDYN_PLAIN, n, in, rows, 1, dy + from, ldy, x,
                              ldx, keep, dw + from * in, in);
        if (bias) bias_back(dy, ldy, rows, from, n, map->bias->written, db);
    }
    map->weight->written = true;
    if (map->bias) map->bias->written = true;
}

void attndyn_net_add(const struct attndyn_transformer *m, size_t count, const attndyn_real *x,
                     attndyn_real *y) {
    struct net_cut cut = net_cut(count);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i), n = net_rows(cut, count, i);
        for (size_t j = from; j < from + n; j++) y[j] += x[j];
    }
}
