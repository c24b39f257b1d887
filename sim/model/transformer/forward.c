/* The forward pass: the stream through the layers (config.h has the equations). */
#include "transformer_private.h"

#include <string.h>

/* The attention's maps of `from` (rows, d) into queries, keys and values, in one product where all
 * three are there; a missing one is the identity. */
static void project_qkv(const struct attndyn_transformer *m, const struct net_layer *layer) {
    const struct attndyn_transformer_config *c = &m->config;
    size_t rows = net_batch_rows(m), d = c->width, ld = net_qkv_width(c);
    const size_t width[] = {c->heads * c->head_width, c->kv_heads * c->head_width,
                            c->kv_heads * c->head_width};
    const struct net_linear *maps[] = {&layer->block->query, &layer->block->key,
                                       &layer->block->value};
    if (maps[0]->weight && maps[1]->weight && maps[2]->weight) {
        attndyn_net_linear(m, maps[0], rows, d, ld, layer->normed1, d, layer->qkv, ld);
        return;
    }
    for (size_t i = 0, at = 0; i < 3; at += width[i], i++) {
        if (maps[i]->weight)
            attndyn_net_linear(m, maps[i], rows, d, width[i], layer->normed1, d, layer->qkv + at,
                               ld);
        else
            for (size_t r = 0; r < rows; r++)
                memcpy(layer->qkv + r * ld + at, layer->normed1 + r * d, d * sizeof *layer->qkv);
    }
}

/* sum = dropout(sum) + x: the end of a sublayer. */
static void close_sublayer(const struct attndyn_transformer *m, enum net_site site, size_t l,
                           const attndyn_real *x, attndyn_real *sum) {
    const struct attndyn_transformer_config *c = &m->config;
    size_t count = net_batch_rows(m) * c->width;
    if (m->training && c->dropout_residual > 0)
        attndyn_net_drop(m, c->dropout_residual, site, l, 0, count, sum, sum);
    if (c->residual) attndyn_net_add(m, count, x, sum);
}

static void attention_sublayer(struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->config;
    struct net_layer *layer = &m->layer[l];
    size_t rows = net_batch_rows(m), d = c->width, q = c->heads * c->head_width;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    if (normed && pre)
        attndyn_net_norm(m, &layer->block->norm1, rows, layer->in, layer->normed1, layer->stats1);
    project_qkv(m, layer);
    attndyn_net_rotate(m, false, layer->qkv);
    attndyn_net_attend(m, l);
    if (layer->block->output.weight)
        attndyn_net_linear(m, &layer->block->output, rows, q, d, layer->context, q, layer->sum1, d);
    else
        memcpy(layer->sum1, layer->context, rows * d * sizeof *layer->sum1);
    close_sublayer(m, NET_SITE_OUTPUT, l, layer->in, layer->sum1);
    if (normed && !pre)
        attndyn_net_norm(m, &layer->block->norm1, rows, layer->sum1, layer->mid, layer->stats1);
}

static void mlp_sublayer(struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->config;
    struct net_layer *layer = &m->layer[l];
    struct net_block *block = layer->block;
    size_t rows = net_batch_rows(m), d = c->width, h = c->hidden;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    if (c->mlp == ATTNDYN_MLP_NONE) return;
    const attndyn_real *from = c->parallel ? layer->in : layer->mid;
    if (normed && pre)
        attndyn_net_norm(m, &block->norm2, rows, from, layer->normed2, layer->stats2);
    attndyn_net_linear(m, &block->up, rows, d, h, layer->normed2, d, layer->prehidden, h);
    if (layer->gate)
        attndyn_net_linear(m, &block->gate, rows, d, h, layer->normed2, d, layer->gate, h);
    attndyn_net_activate(m, rows * h, layer->gate, layer->prehidden, layer->hidden);
    const attndyn_real *used = layer->hidden;
    if (m->training && c->dropout_hidden > 0) {
        attndyn_net_drop(m, c->dropout_hidden, NET_SITE_HIDDEN, l, 0, rows * h, layer->hidden,
                         m->d_hidden);
        used = m->d_hidden;
    }
    attndyn_net_linear(m, &block->down, rows, h, d, used, h, layer->sum2, d);
    close_sublayer(m, NET_SITE_MLP, l, layer->mid, layer->sum2);
    /* parallel: mid is in + attention already, so the residual is that */
    if (c->parallel && !c->residual) attndyn_net_add(m, rows * d, layer->mid, layer->sum2);
    if (normed && !pre)
        attndyn_net_norm(m, &block->norm2, rows, layer->sum2, layer->out, layer->stats2);
}

/* What the decoder reads, m->final: the stream or its last positions, normed where so configured;
 * where not, it is one with them. */
static void finish(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->config;
    size_t d = c->width, T = m->batch->length, rows = net_head_rows(m);
    const attndyn_real *from = m->stream;
    if (c->last_only) {
        for (size_t b = 0; b < rows; b++)
            memcpy(m->gathered + b * d, m->stream + (b * T + T - 1) * d, d * sizeof *m->gathered);
        from = m->gathered;
    }
    if (c->final_norm && c->norm != ATTNDYN_NORM_NONE)
        attndyn_net_norm(m, &m->norm, rows, from, m->final, m->stats);
}

void attndyn_net_forward(struct attndyn_transformer *m) {
    attndyn_net_embed(m);
    for (size_t l = 0; l < m->config.layers; l++) {
        attention_sublayer(m, l);
        mlp_sublayer(m, l);
    }
    finish(m);
}
