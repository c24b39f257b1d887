/* The backward pass: forward.c in reverse. Among the training buffers, g holds the gradient of the
 * stream. */
#include "transformer_private.h"

#include <string.h>

/* The gradient of the decoder's input, g3 or d_narrow, into g, that of the stream. */
static void finish_back(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    size_t d = c->width, T = m->batch->length, rows = net_head_rows(m);
    if (m->narrowed)
        attndyn_net_linear_back(m, &t->project_out, rows, d, c->embedding_width, m->final, d,
                                t->d_narrow, c->embedding_width, 0, t->g3);
    if (c->final_norm && c->norm != ATTNDYN_NORM_NONE)
        attndyn_net_norm_back(m, &t->norm, rows, c->last_only ? m->gathered : m->stream, m->stats,
                              t->g3, false, t->g3);
    if (!c->last_only) {
        attndyn_real *swap = t->g;
        t->g = t->g3;
        t->g3 = swap;
        return;
    }
    memset(t->g, 0, net_batch_rows(m) * d * sizeof *t->g);
    for (size_t b = 0; b < rows; b++)
        memcpy(t->g + (b * T + T - 1) * d, t->g3 + b * d, d * sizeof *t->g);
}

/* The gradient of the sublayer's output: g under its dropout mask, or g itself without dropout. */
static const attndyn_real *open_sublayer(struct attndyn_transformer *m, enum net_site site,
                                         size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    if (c->dropout_residual == 0) return t->g;
    attndyn_net_drop(m, c->dropout_residual, site, l, 0, net_batch_rows(m) * c->width, t->g, t->g2);
    return t->g2;
}

/* Adds the gradient g3 of what the sublayer reads (normed where pre-norm) to the stream's. */
static void join(struct attndyn_transformer *m, struct net_norm *norm, const attndyn_real *x,
                 const attndyn_real *stats, attndyn_real *g, bool add) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    size_t rows = net_batch_rows(m), d = c->width;
    if (c->placement == ATTNDYN_PLACEMENT_PRE && c->norm != ATTNDYN_NORM_NONE)
        attndyn_net_norm_back(m, norm, rows, x, stats, t->g3, add, g);
    else if (add)
        attndyn_net_add(m, rows * d, t->g3, g);
    else
        memcpy(g, t->g3, rows * d * sizeof *g);
}

static void mlp_back(struct attndyn_transformer *m, size_t l, const attndyn_real *dy) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    struct net_layer *layer = &m->layer[l];
    struct net_block *block = &t->block[m->weights->layer_map[l]];
    size_t rows = net_batch_rows(m), d = c->width, h = c->hidden;
    const attndyn_real *used = layer->hidden;
    if (c->dropout_hidden > 0) {
        attndyn_net_drop(m, c->dropout_hidden, NET_SITE_HIDDEN, l, 0, rows * h, layer->hidden,
                         t->d_gate);
        used = t->d_gate;
    }
    attndyn_net_linear_back(m, &block->down, rows, h, d, used, h, dy, d, 0, t->d_hidden);
    if (c->dropout_hidden > 0)
        attndyn_net_drop(m, c->dropout_hidden, NET_SITE_HIDDEN, l, 0, rows * h, t->d_hidden,
                         t->d_hidden);
    attndyn_net_activate_back(m, rows * h, layer->gate, layer->prehidden, t->d_hidden, t->d_gate);
    attndyn_net_linear_back(m, &block->up, rows, d, h, layer->normed2, d, t->d_hidden, h, 0, t->g3);
    if (layer->gate)
        attndyn_net_linear_back(m, &block->gate, rows, d, h, layer->normed2, d, t->d_gate, h, 1,
                                t->g3);
}

/* Gradient of the projections' common input, from those of queries, keys and values: g3. */
static void project_back(struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    const struct net_layer *layer = &m->layer[l];
    struct net_block *block = &t->block[m->weights->layer_map[l]];
    size_t rows = net_batch_rows(m), d = c->width, ld = net_qkv_width(c);
    const size_t width[] = {c->heads * c->head_width, c->kv_heads * c->head_width,
                            c->kv_heads * c->head_width};
    struct net_linear *maps[] = {&block->query, &block->key, &block->value};
    bool all = true, alike = true;
    for (size_t i = 0; i < 3; i++) {
        all = all && maps[i]->weight;
        alike = alike && maps[i]->weight && !maps[i]->weight->p->frozen &&
                (!maps[i]->bias || !maps[i]->bias->p->frozen);
    }
    if (all && alike) { /* their gradients follow each other as the weights do */
        attndyn_net_linear_back(m, maps[0], rows, d, ld, layer->normed1, d, t->d_qkv, ld, 0, t->g3);
        for (size_t i = 1; i < 3; i++) {
            maps[i]->weight->written = true;
            if (maps[i]->bias) maps[i]->bias->written = true;
        }
        return;
    }
    memset(t->g3, 0, rows * d * sizeof *t->g3);
    for (size_t i = 0, at = 0; i < 3; at += width[i], i++) {
        if (maps[i]->weight)
            attndyn_net_linear_back(m, maps[i], rows, d, width[i], layer->normed1, d, t->d_qkv + at,
                                    ld, 1, t->g3);
        else
            for (size_t r = 0; r < rows; r++)
                for (size_t j = 0; j < d; j++) t->g3[r * d + j] += t->d_qkv[r * ld + at + j];
    }
}

static void attention_back(struct attndyn_transformer *m, size_t l, const attndyn_real *dy) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    struct net_layer *layer = &m->layer[l];
    struct net_block *block = &t->block[m->weights->layer_map[l]];
    size_t rows = net_batch_rows(m), d = c->width, q = c->heads * c->head_width;
    if (block->output.weight)
        attndyn_net_linear_back(m, &block->output, rows, q, d, layer->context, q, dy, d, 0,
                                t->d_context);
    else
        memcpy(t->d_context, dy, rows * d * sizeof *dy);
    attndyn_net_attend_back(m, l);
    attndyn_net_rotate(m, true, t->d_qkv);
    project_back(m, l);
}

static void layer_back(struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    struct net_training *t = m->training;
    struct net_layer *layer = &m->layer[l];
    struct net_block *block = &t->block[m->weights->layer_map[l]];
    size_t rows = net_batch_rows(m), d = c->width;
    bool post = c->placement == ATTNDYN_PLACEMENT_POST && c->norm != ATTNDYN_NORM_NONE;
    bool mlp = c->mlp != ATTNDYN_MLP_NONE;
    if (c->parallel) { /* both sublayers see the gradient that arrives */
        memcpy(t->g4, t->g, rows * d * sizeof *t->g4);
        if (!c->residual) memset(t->g4, 0, rows * d * sizeof *t->g4);
        mlp_back(m, l, open_sublayer(m, NET_SITE_MLP, l));
        join(m, &block->norm2, layer->in, layer->stats2, t->g4, true);
        attention_back(m, l, open_sublayer(m, NET_SITE_OUTPUT, l));
        join(m, &block->norm1, layer->in, layer->stats1, t->g4, true);
        memcpy(t->g, t->g4, rows * d * sizeof *t->g);
        return;
    }
    if (mlp) {
        if (post)
            attndyn_net_norm_back(m, &block->norm2, rows, layer->sum2, layer->stats2, t->g, false,
                                  t->g);
        mlp_back(m, l, open_sublayer(m, NET_SITE_MLP, l));
        join(m, &block->norm2, layer->mid, layer->stats2, t->g, c->residual);
    }
    if (post)
        attndyn_net_norm_back(m, &block->norm1, rows, layer->sum1, layer->stats1, t->g, false,
                              t->g);
    attention_back(m, l, open_sublayer(m, NET_SITE_OUTPUT, l));
    join(m, &block->norm1, layer->in, layer->stats1, t->g, c->residual);
}

void attndyn_net_backward(struct attndyn_transformer *m) {
    const struct net_training *t = m->training;
    const size_t layers = m->weights->config.layers, blocks = m->weights->blocks;
    finish_back(m);
    for (size_t l = layers; l-- > 0;) {
        const size_t b = m->weights->layer_map[l];
        if (m->thrift.activations && l + 1 < layers) attndyn_net_layer(m, l);
        layer_back(m, l);
        if (t->part && t->lowest[b] == l)
            t->part(t->user, t->first[b], t->first[b + 1] - t->first[b]);
    }
    attndyn_net_embed_back(m);
    if (!t->part) return;
    t->part(t->user, 0, t->first[0]);
    t->part(t->user, t->first[blocks], t->count - t->first[blocks]);
}
