/* From tokens to the stream and back: x = dropout(scale E[token] + position). */
#include "transformer_private.h"

void attndyn_net_embed(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t d = c->width, T = m->batch->length, rows = net_batch_rows(m);
    const struct attndyn_matrix *learned = &m->weights->position;
    const attndyn_real *P = m->waves;
    if (!P && learned->data) P = attndyn_matrix_real(learned) + c->position_offset * d;
    const attndyn_real scale = (attndyn_real)c->embedding_scale;
    bool drop = m->dropping && c->dropout_embedding > 0;
    struct net_cut cut = net_cut(rows);
    NET_PARALLEL_FOR(m, static)
    for (size_t i = 0; i < cut.count; i++) {
        size_t from = net_from(cut, i), n = net_rows(cut, rows, i);
        for (size_t r = from; r < from + n; r++) {
            attndyn_real *x = m->layer[0].in + r * d;
            attndyn_matrix_widen(&m->weights->embedding, m->batch->tokens[r], 1, x);
            if (P)
                for (size_t j = 0; j < d; j++) x[j] = scale * x[j] + P[(r % T) * d + j];
            else
                for (size_t j = 0; j < d; j++) x[j] = scale * x[j];
        }
        attndyn_real *x = m->layer[0].in + from * d;
        if (drop)
            attndyn_net_drop(m, c->dropout_embedding, NET_SITE_EMBEDDING, 0, from * d, n * d, x, x);
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

/* g holds the gradient of the first layer's input. */
void attndyn_net_embed_back(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    size_t d = c->width, rows = net_batch_rows(m);
    if (!net_trains(t->embedding) && !net_trains(t->positions)) return;
    if (c->dropout_embedding > 0)
        attndyn_net_drop(m, c->dropout_embedding, NET_SITE_EMBEDDING, 0, 0, rows * d, t->g, t->g);
    positions_back(m, t->g);
    if (!net_trains(t->embedding)) return;
    const attndyn_real scale = (attndyn_real)c->embedding_scale;
    struct attndyn_parameter *E = t->embedding->p;
    if (E->sparse) {
        collect_touched(m);
        for (size_t i = 0; i < E->n_touched * d; i++) E->gradient[i] = 0;
    } else if (!t->embedding->written) {
        for (size_t i = 0; i < E->rows * d; i++) E->gradient[i] = 0;
    }
    t->embedding->written = true;
    for (size_t r = 0; r < rows; r++) {
        uint32_t token = m->batch->tokens[r];
        attndyn_real *to = E->gradient + (E->sparse ? t->slot[token] : token) * d;
        for (size_t j = 0; j < d; j++) to[j] += scale * t->g[r * d + j];
    }
    for (size_t i = 0; E->sparse && i < E->n_touched; i++) t->slot[t->touched[i]] = 0;
}
