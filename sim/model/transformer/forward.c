/* The forward pass: the stream through the layers (config.h has the equations). */
#include "transformer_private.h"

#include <string.h>

/* Whether b follows a in memory, so that the two are one matrix. */
static bool follows(const struct attndyn_weights_linear *a,
                    const struct attndyn_weights_linear *b) {
    const struct attndyn_matrix *A = &a->weight, *B = &b->weight;
    size_t number = attndyn_dtype_bytes(A->dtype);
    size_t apart = (A->transposed ? A->rows : A->rows * A->stride) * number;
    return A->data && B->data && A->dtype == B->dtype && A->transposed == B->transposed &&
           A->stride == B->stride && A->group == A->rows && B->group == B->rows &&
           (const char *)B->data == (const char *)A->data + apart &&
           (a->bias ? b->bias == a->bias + A->rows : !b->bias);
}

/* Projects the input (rows, d) to queries, keys and values; a single product does all three if
 * their weights are adjacent. A missing map is the identity. */
static void project_qkv(const struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const struct attndyn_weights_block *block = attndyn_weights_of_layer(m->weights, l);
    const struct net_layer *layer = &m->layer[l];
    size_t rows = net_batch_rows(m), d = c->width, ld = net_qkv_width(c);
    const size_t width[] = {c->heads * c->head_width, c->kv_heads * c->head_width,
                            c->kv_heads * c->head_width};
    const struct attndyn_weights_linear *maps[] = {&block->query, &block->key, &block->value};
    if (follows(maps[0], maps[1]) && follows(maps[1], maps[2])) {
        struct attndyn_weights_linear all = *maps[0];
        all.weight.rows = all.weight.group = ld;
        attndyn_net_linear(m, &all, rows, layer->normed1, d, layer->qkv, ld);
        return;
    }
    for (size_t i = 0, at = 0; i < 3; at += width[i], i++) {
        if (maps[i]->weight.data)
            attndyn_net_linear(m, maps[i], rows, layer->normed1, d, layer->qkv + at, ld);
        else
            for (size_t r = 0; r < rows; r++)
                memcpy(layer->qkv + r * ld + at, layer->normed1 + r * d, d * sizeof *layer->qkv);
    }
}

/* sum = dropout(sum) + x: the end of a sublayer. */
static void close_sublayer(const struct attndyn_transformer *m, enum net_site site, size_t l,
                           const attndyn_real *x, attndyn_real *sum) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t count = net_batch_rows(m) * c->width;
    if (m->dropping && c->dropout_residual > 0)
        attndyn_net_drop(m, c->dropout_residual, site, l, 0, count, sum, sum);
    if (c->residual) attndyn_net_add(m, count, x, sum);
}

static void attention_sublayer(struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const struct attndyn_weights_block *block = attndyn_weights_of_layer(m->weights, l);
    struct net_layer *layer = &m->layer[l];
    size_t rows = net_batch_rows(m), d = c->width, q = c->heads * c->head_width;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    if (normed && pre)
        attndyn_net_norm(m, &block->norm1, rows, layer->in, layer->normed1, layer->stats1);
    project_qkv(m, l);
    attndyn_net_rotate(m, false, layer->qkv);
    attndyn_net_attend(m, l);
    if (block->output.weight.data)
        attndyn_net_linear(m, &block->output, rows, layer->context, q, layer->sum1, d);
    else
        memcpy(layer->sum1, layer->context, rows * d * sizeof *layer->sum1);
    close_sublayer(m, NET_SITE_OUTPUT, l, layer->in, layer->sum1);
    if (normed && !pre)
        attndyn_net_norm(m, &block->norm1, rows, layer->sum1, layer->mid, layer->stats1);
}

static void mlp_sublayer(struct attndyn_transformer *m, size_t l) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    const struct attndyn_weights_block *block = attndyn_weights_of_layer(m->weights, l);
    struct net_layer *layer = &m->layer[l];
    size_t rows = net_batch_rows(m), d = c->width, h = c->hidden;
    bool normed = c->norm != ATTNDYN_NORM_NONE, pre = c->placement == ATTNDYN_PLACEMENT_PRE;
    if (c->mlp == ATTNDYN_MLP_NONE) return;
    const attndyn_real *from = c->parallel ? layer->in : layer->mid;
    if (normed && pre)
        attndyn_net_norm(m, &block->norm2, rows, from, layer->normed2, layer->stats2);
    attndyn_net_linear(m, &block->up, rows, layer->normed2, d, layer->prehidden, h);
    if (layer->gate) attndyn_net_linear(m, &block->gate, rows, layer->normed2, d, layer->gate, h);
    attndyn_net_activate(m, rows * h, layer->gate, layer->prehidden, layer->hidden);
    const attndyn_real *used = layer->hidden;
    if (m->dropping && c->dropout_hidden > 0) {
        attndyn_net_drop(m, c->dropout_hidden, NET_SITE_HIDDEN, l, 0, rows * h, layer->hidden,
                         m->training->d_hidden);
        used = m->training->d_hidden;
    }
    attndyn_net_linear(m, &block->down, rows, used, h, layer->sum2, d);
    close_sublayer(m, NET_SITE_MLP, l, layer->mid, layer->sum2);
    /* parallel: mid is in + attention already, so the residual is that */
    if (c->parallel && !c->residual) attndyn_net_add(m, rows * d, layer->mid, layer->sum2);
    if (normed && !pre)
        attndyn_net_norm(m, &block->norm2, rows, layer->sum2, layer->out, layer->stats2);
}

/* m->final: the stream, or its last positions, after the last norm; without one it is the same
 * array. The decoder reads it, or what it is narrowed to. */
static void finish(struct attndyn_transformer *m) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    size_t d = c->width, T = m->batch->length, rows = net_head_rows(m);
    const attndyn_real *from = m->stream;
    if (c->last_only) {
        for (size_t b = 0; b < rows; b++)
            memcpy(m->gathered + b * d, m->stream + (b * T + T - 1) * d, d * sizeof *m->gathered);
        from = m->gathered;
    }
    if (c->final_norm && c->norm != ATTNDYN_NORM_NONE)
        attndyn_net_norm(m, &m->weights->norm, rows, from, m->final, m->stats);
    if (!m->narrowed) return;
    struct attndyn_weights_linear map = {m->weights->project_out, NULL};
    attndyn_net_linear(m, &map, rows, m->final, d, m->narrowed, c->embedding_width);
}

void attndyn_net_layer(struct attndyn_transformer *m, size_t l) {
    attention_sublayer(m, l);
    mlp_sublayer(m, l);
}

void attndyn_net_forward(struct attndyn_transformer *m) {
    attndyn_net_embed(m);
    for (size_t l = 0; l < m->weights->config.layers; l++) attndyn_net_layer(m, l);
    finish(m);
}
