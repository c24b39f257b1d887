/* The parameters of a transformer: names, shapes, places. */
#include "layout.h"

#include <stdio.h>
#include <string.h>

struct maker {
    struct attndyn_transformer *m;
    struct net_arena *values, *gradients;
    size_t next;
};

/* The next parameter; rows 0: a vector. NULL while they are only counted. */
static struct net_parameter *make(struct maker *k, const char *prefix, const char *name,
                                  size_t rows, size_t columns) {
    struct attndyn_transformer *m = k->m;
    size_t count = (rows ? rows : 1) * columns, held = count, i = k->next++;
    bool sparse = strcmp(name, "embedding.weight") == 0 && !m->config.tied;
    size_t positions = m->max_sequences * m->max_length;
    if (sparse && positions < rows) held = positions * columns;
    attndyn_real *value = net_take(k->values, count), *gradient = net_take(k->gradients, held);
    if (!m->parameters) return NULL;
    struct attndyn_parameter *p = &m->parameters[i];
    snprintf(p->name, sizeof p->name, "%s%s", prefix, name);
    p->dimensions = rows ? 2 : 1;
    p->rows = rows ? rows : 1;
    p->columns = columns;
    p->value = value;
    p->gradient = gradient;
    p->sparse = sparse;
    m->nets[i].p = p;
    return &m->nets[i];
}

static void make_norm(struct maker *k, const char *prefix, const char *name,
                      struct net_norm *norm) {
    const struct attndyn_transformer_config *c = &k->m->config;
    char full[48];
    if (c->norm != ATTNDYN_NORM_LAYER && c->norm != ATTNDYN_NORM_RMS) return;
    snprintf(full, sizeof full, "%s.weight", name);
    norm->gain = make(k, prefix, full, 0, c->width);
    if (c->norm == ATTNDYN_NORM_RMS || !c->norm_bias) return;
    snprintf(full, sizeof full, "%s.bias", name);
    norm->bias = make(k, prefix, full, 0, c->width);
}

/* Queries, keys and values: all weights, then all biases, so that the three are one map. */
static void make_attention(struct maker *k, const char *prefix, struct net_block *b) {
    const struct attndyn_transformer_config *c = &k->m->config;
    size_t q = c->heads * c->head_width, kv = c->kv_heads * c->head_width, d = c->width;
    const struct {
        bool on;
        const char *name, *bias;
        size_t width;
        struct net_linear *map;
    } maps[] = {
        {c->query_projection, "attention.query.weight", "attention.query.bias", q, &b->query},
        {c->key_projection, "attention.key.weight", "attention.key.bias", kv, &b->key},
        {c->value_projection, "attention.value.weight", "attention.value.bias", kv, &b->value}};
    for (size_t i = 0; i < 3; i++)
        if (maps[i].on) maps[i].map->weight = make(k, prefix, maps[i].name, maps[i].width, d);
    for (size_t i = 0; c->qkv_bias && i < 3; i++)
        if (maps[i].on) maps[i].map->bias = make(k, prefix, maps[i].bias, 0, maps[i].width);
    if (!c->output_projection) return;
    b->output.weight = make(k, prefix, "attention.output.weight", d, q);
    if (c->output_bias) b->output.bias = make(k, prefix, "attention.output.bias", 0, d);
}

static void make_mlp(struct maker *k, const char *prefix, struct net_block *b) {
    const struct attndyn_transformer_config *c = &k->m->config;
    size_t d = c->width, h = c->hidden;
    if (c->mlp == ATTNDYN_MLP_NONE) return;
    make_norm(k, prefix, "norm2", &b->norm2);
    if (c->mlp == ATTNDYN_MLP_SWIGLU) {
        b->gate.weight = make(k, prefix, "mlp.gate.weight", h, d);
        if (c->mlp_bias) b->gate.bias = make(k, prefix, "mlp.gate.bias", 0, h);
    }
    b->up.weight = make(k, prefix, "mlp.up.weight", h, d);
    if (c->mlp_bias) b->up.bias = make(k, prefix, "mlp.up.bias", 0, h);
    b->down.weight = make(k, prefix, "mlp.down.weight", d, h);
    if (c->mlp_bias) b->down.bias = make(k, prefix, "mlp.down.bias", 0, d);
}

void attndyn_net_parameters_layout(struct attndyn_transformer *m, struct net_arena *values,
                                   struct net_arena *gradients) {
    const struct attndyn_transformer_config *c = &m->config;
    struct maker k = {m, values, gradients, 0};
    m->embedding = make(&k, "", "embedding.weight", c->vocabulary, c->width);
    if (c->position == ATTNDYN_POSITION_LEARNED)
        m->positions = make(&k, "", "position.weight", c->context + c->position_offset, c->width);
    for (size_t i = 0; i < m->blocks; i++) {
        char prefix[32];
        struct net_block unused = {0}, *b = m->block ? &m->block[i] : &unused;
        snprintf(prefix, sizeof prefix, "layers.%zu.", i);
        make_norm(&k, prefix, "norm1", &b->norm1);
        make_attention(&k, prefix, b);
        make_mlp(&k, prefix, b);
    }
    if (c->final_norm) make_norm(&k, "", "norm", &m->norm);
    if (c->tied)
        m->decoder.weight = m->embedding;
    else
        m->decoder.weight = make(&k, "", "decoder.weight", c->outputs, c->width);
    if (c->decoder_bias) m->decoder.bias = make(&k, "", "decoder.bias", 0, c->outputs);
    m->count = k.next;
}
