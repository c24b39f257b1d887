/* The parameters of a transformer in training: names, shapes, places, and the weights that they
 * are. */
#include "layout.h"

#include <stdio.h>
#include <string.h>

/* The caller's list need not outlive the call. */
static enum attndyn_status keep_windows(struct attndyn_context *ctx,
                                        struct attndyn_transformer_config *c) {
    size_t *windows;
    if (!c->layer_windows) return ATTNDYN_OK;
    ATTNDYN_ALLOC(ctx, windows, c->layers);
    memcpy(windows, c->layer_windows, c->layers * sizeof *windows);
    c->layer_windows = windows;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_net_blocks(struct attndyn_context *ctx, struct net_training *t) {
    struct attndyn_transformer_config *c = &t->weights.config;
    bool *used;
    size_t blocks = 0;
    ATTNDYN_TRY(keep_windows(ctx, c));
    ATTNDYN_ALLOC(ctx, t->layer_map, c->layers);
    ATTNDYN_ALLOC(ctx, used, c->layers);
    ATTNDYN_ALLOC(ctx, t->first, c->layers + 1);
    ATTNDYN_ALLOC(ctx, t->lowest, c->layers);
    for (size_t l = 0; l < c->layers; l++) {
        t->layer_map[l] = c->layer_map ? c->layer_map[l] : l;
        if (!used[t->layer_map[l]]) t->lowest[t->layer_map[l]] = l;
        used[t->layer_map[l]] = true;
        if (t->layer_map[l] + 1 > blocks) blocks = t->layer_map[l] + 1;
    }
    t->weights.layer_map = t->layer_map;
    t->weights.blocks = blocks;
    if (c->layer_map) c->layer_map = t->layer_map;
    for (size_t b = 0; b < blocks; b++)
        if (!used[b])
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "transformer: no layer uses block %zu: number the blocks of "
                                "layer_map from 0 without a gap",
                                b);
    attndyn_free(ctx, used);
    return ATTNDYN_OK;
}

struct maker {
    const struct attndyn_transformer_config *config;
    size_t positions; /* of a batch */
    struct net_training *t;
    struct net_arena *values, *gradients;
    size_t next;
};

/* The next parameter; rows 0: a vector. NULL while they are only counted. */
static struct net_parameter *make(struct maker *k, const char *prefix, const char *name,
                                  size_t rows, size_t columns) {
    struct net_training *t = k->t;
    size_t count = (rows ? rows : 1) * columns, held = count, i = k->next++;
    bool sparse = strcmp(name, "embedding.weight") == 0 && !k->config->tied;
    if (sparse && k->positions < rows) held = k->positions * columns;
    attndyn_real *value = net_take(k->values, count), *gradient = net_take(k->gradients, held);
    if (!t->parameters) return NULL;
    struct attndyn_parameter *p = &t->parameters[i];
    snprintf(p->name, sizeof p->name, "%s%s", prefix, name);
    p->dimensions = rows ? 2 : 1;
    p->rows = rows ? rows : 1;
    p->columns = columns;
    p->value = value;
    p->gradient = gradient;
    p->sparse = sparse;
    t->nets[i].p = p;
    return &t->nets[i];
}

static void make_norm(struct maker *k, const char *prefix, const char *name,
                      struct net_norm *norm) {
    const struct attndyn_transformer_config *c = k->config;
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
    const struct attndyn_transformer_config *c = k->config;
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
    const struct attndyn_transformer_config *c = k->config;
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

void attndyn_net_parameters_layout(struct net_training *t,
                                   const struct attndyn_transformer_config *c, size_t blocks,
                                   size_t positions, bool one_block, struct net_arena *values,
                                   struct net_arena *gradients) {
    size_t e = c->embedding_width;
    struct maker k = {c, positions, t, values, gradients, 0};
    t->embedding = make(&k, "", "embedding.weight", c->vocabulary, e);
    if (c->position == ATTNDYN_POSITION_LEARNED)
        t->positions = make(&k, "", "position.weight", c->context + c->position_offset, c->width);
    if (e != c->width) t->project_in.weight = make(&k, "", "project_in.weight", c->width, e);
    if (c->embedding_norm) make_norm(&k, "", "embedding_norm", &t->embedding_norm);
    const size_t room = gradients->used;
    for (size_t i = 0; i < blocks; i++) {
        char prefix[32];
        struct net_block unused = {0}, *b = t->block ? &t->block[i] : &unused;
        snprintf(prefix, sizeof prefix, "layers.%zu.", i);
        if (one_block) gradients->used = room;
        t->first[i] = k.next;
        make_norm(&k, prefix, "norm1", &b->norm1);
        make_attention(&k, prefix, b);
        make_mlp(&k, prefix, b);
    }
    t->first[blocks] = k.next;
    if (c->final_norm) make_norm(&k, "", "norm", &t->norm);
    if (e != c->width) t->project_out.weight = make(&k, "", "project_out.weight", e, c->width);
    if (c->tied)
        t->decoder.weight = t->embedding;
    else
        t->decoder.weight = make(&k, "", "decoder.weight", c->outputs, e);
    if (c->decoder_bias) t->decoder.bias = make(&k, "", "decoder.bias", 0, c->outputs);
    t->count = k.next;
}

/* ------------------------------------------------------------------ views */

#ifdef ATTNDYN_DOUBLE
enum { REAL = ATTNDYN_F64 };
#else
enum { REAL = ATTNDYN_F32 };
#endif

static struct attndyn_matrix matrix_of(const struct net_training *t,
                                       const struct net_parameter *n) {
    if (!n) return (struct attndyn_matrix){0};
    if (t->given) return t->given[n - t->nets].matrix;
    return (struct attndyn_matrix){.data = n->p->value,
                                   .dtype = (enum attndyn_dtype)REAL,
                                   .rows = n->p->rows,
                                   .columns = n->p->columns,
                                   .stride = n->p->columns,
                                   .group = n->p->rows};
}

static const attndyn_real *vector_of(const struct net_training *t, const struct net_parameter *n) {
    if (!n) return NULL;
    return t->given ? t->given[n - t->nets].vector : n->p->value;
}

static struct attndyn_weights_linear linear_of(const struct net_training *t,
                                               const struct net_linear *map) {
    return (struct attndyn_weights_linear){matrix_of(t, map->weight), vector_of(t, map->bias)};
}

static struct attndyn_weights_norm norm_of(const struct net_training *t,
                                           const struct net_norm *norm) {
    return (struct attndyn_weights_norm){vector_of(t, norm->gain), vector_of(t, norm->bias)};
}

void attndyn_net_parameters_view(struct net_training *t) {
    struct attndyn_weights *w = &t->weights;
    w->embedding = matrix_of(t, t->embedding);
    w->position = matrix_of(t, t->positions);
    w->norm = norm_of(t, &t->norm);
    w->embedding_norm = norm_of(t, &t->embedding_norm);
    w->project_in = matrix_of(t, t->project_in.weight);
    w->project_out = matrix_of(t, t->project_out.weight);
    w->decoder = linear_of(t, &t->decoder);
    w->block = t->view;
    for (size_t i = 0; i < w->blocks; i++) {
        const struct net_block *b = &t->block[i];
        t->view[i] = (struct attndyn_weights_block){
            .norm1 = norm_of(t, &b->norm1),
            .norm2 = norm_of(t, &b->norm2),
            .query = linear_of(t, &b->query),
            .key = linear_of(t, &b->key),
            .value = linear_of(t, &b->value),
            .output = linear_of(t, &b->output),
            .gate = linear_of(t, &b->gate),
            .up = linear_of(t, &b->up),
            .down = linear_of(t, &b->down),
        };
    }
}
