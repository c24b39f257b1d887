/* From tokens to the stream and back (config.h has the equation). */
#include "transformer_private.h"

/* Rows [from, from + n): what the table holds for each token, scaled; (rows, e). */
static void look_up(const struct attndyn_transformer *m, size_t from, size_t n, attndyn_real *to) {
    size_t e = m->weights->config.embedding_width;
    const attndyn_real scale = (attndyn_real)m->weights->config.embedding_scale;
    for (size_t r = from; r < from + n; r++) {
        attndyn_real *x = to + r * e;
        attndyn_matrix_widen(&m->weights->embedding, m->batch->tokens[r], 1, x);
        for (size_t j = 0; j < e; j++) x[j] = scale * x[j];
    }
}

static void add_positions(const struct attndyn_transformer *m, size_t from, size_t n) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const struct attndyn_matrix *learned = &m->weights->position;
    size_t d = c->width, T = m->batch->length;
    const attndyn_real *P = m->waves;
    if (!P && learned->data) P = attndyn_matrix_real(learned) + c->position_offset * d;
    for (size_t r = from; P && r < from + n; r++)
        for (size_t j = 0; j < d; j++) m->embedded[r * d + j] += P[(r % T) * d + j];
}

void attndyn_net_embed(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t d = c->width, rows = net_batch_rows(m);
    bool drop = m->dropping && c->dropout_embedding > 0;
    struct net_cut cut = net_cut(rows);
    if (m->narrow) {
        struct attndyn_weights_linear map = {m->weights->project_in, NULL};
        look_up(m, 0, rows, m->narrow);
        attndyn_net_linear(m, &map, rows, m->narrow, c->embedding_width, m->embedded, d);
    }
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i), n = net_rows(cut, rows, i);
        if (!m->narrow) look_up(m, from, n, m->embedded);
        add_positions(m, from, n);
    }
    attndyn_real *x = m->layer[0].in;
    if (c->embedding_norm)
        attndyn_net_norm(m, &m->weights->embedding_norm, rows, m->embedded, x, m->stats0);
    if (!drop) return;
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i) * d, n = net_rows(cut, rows, i) * d;
        attndyn_net_drop(m, c->dropout_embedding, NET_SITE_EMBEDDING, 0, from, n, x + from,
                         x + from);
    }
}

/* The batch's tokens in ascending order, and the place of each in the sparse gradient. */
static void collect_touched(struct attndyn_transformer *m) {
    struct net_training *t = m->training;
    struct attndyn_parameter *E = t->embedding->p;
    size_t rows = net_batch_rows(m);
    for (size_t r = 0; r < rows; r++) t->slot[m->batch->tokens[r]] = 1;
    E->n_touched = 0;
    for (uint32_t v = 0; v < m->weights->config.vocabulary; v++)
        if (t->slot[v]) {
            t->slot[v] = (uint32_t)E->n_touched;
            t->touched[E->n_touched++] = v;
        }
    E->touched = t->touched;
}

static void positions_back(struct attndyn_transformer *m, const attndyn_real *g) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t d = c->width, T = m->batch->length, rows = net_batch_rows(m);
    struct net_parameter *n = m->training->positions;
    if (!net_trains(n)) return;
    attndyn_real *dP = n->p->gradient;
    for (size_t i = 0; !n->written && i < n->p->rows * d; i++) dP[i] = 0;
    n->written = true;
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < d; j++) dP[(c->position_offset + r % T) * d + j] += g[r * d + j];
}

/* The gradient of the table from that of its rows, (rows, e). */
static void table_back(struct attndyn_transformer *m, const attndyn_real *g) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    size_t e = c->embedding_width, rows = net_batch_rows(m);
    const attndyn_real scale = (attndyn_real)c->embedding_scale;
    struct attndyn_parameter *E = t->embedding->p;
    if (E->sparse) {
        collect_touched(m);
        for (size_t i = 0; i < E->n_touched * e; i++) E->gradient[i] = 0;
    } else if (!t->embedding->written) {
        for (size_t i = 0; i < E->rows * e; i++) E->gradient[i] = 0;
    }
    t->embedding->written = true;
    for (size_t r = 0; r < rows; r++) {
        uint32_t token = m->batch->tokens[r];
        attndyn_real *to = E->gradient + (E->sparse ? t->slot[token] : token) * e;
        for (size_t j = 0; j < e; j++) to[j] += scale * g[r * e + j];
    }
    for (size_t i = 0; E->sparse && i < E->n_touched; i++) t->slot[t->touched[i]] = 0;
}

/* g holds the gradient of the first layer's input. */
void attndyn_net_embed_back(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    size_t d = c->width, e = c->embedding_width, rows = net_batch_rows(m);
    if (c->dropout_embedding > 0)
        attndyn_net_drop(m, c->dropout_embedding, NET_SITE_EMBEDDING, 0, 0, rows * d, t->g, t->g);
    if (c->embedding_norm)
        attndyn_net_norm_back(m, &t->embedding_norm, rows, m->embedded, m->stats0, t->g, false,
                              t->g);
    positions_back(m, t->g);
    if (m->narrow)
        attndyn_net_linear_back(m, &t->project_in, rows, e, d, m->narrow, e, t->g, d, 0,
                                t->d_narrow);
    if (net_trains(t->embedding)) table_back(m, m->narrow ? t->d_narrow : t->g);
}
