/* The tensors of a plain network. */
#include "plain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t plain_numbers(const struct plain_tensor *tensor) {
    return (tensor->rows ? tensor->rows : 1) * tensor->columns;
}

struct plain_tensor *plain_find(const struct plain *network, const char *name) {
    for (size_t i = 0; i < network->count; i++)
        if (strcmp(network->tensors[i].name, name) == 0) return &network->tensors[i];
    return NULL;
}

struct list {
    struct attndyn_context *ctx;
    struct plain *network;
    size_t room;
    enum attndyn_status status;
};

static void add(struct list *list, size_t rows, size_t columns, const char *name, ...)
    __attribute__((format(printf, 4, 5)));
static void add(struct list *list, size_t rows, size_t columns, const char *name, ...) {
    struct plain *n = list->network;
    va_list rest;
    if (list->status || columns == 0) return;
    struct plain_tensor *t = &n->tensors[n->count];
    va_start(rest, name);
    vsnprintf(t->name, sizeof t->name, name, rest);
    va_end(rest);
    t->rows = rows, t->columns = columns;
    t->at = ATTNDYN_NEW(list->ctx, double complex, plain_numbers(t));
    list->status = t->at ? ATTNDYN_OK : ATTNDYN_NO_MEMORY;
    n->count++;
}

static void add_norm(struct list *list, const char *name, bool there) {
    const struct attndyn_transformer_config *c = &list->network->config;
    if (!there || c->norm == ATTNDYN_NORM_NONE || c->norm == ATTNDYN_NORM_L2) return;
    add(list, 0, c->width, "%s.weight", name);
    if (c->norm == ATTNDYN_NORM_LAYER && c->norm_bias) add(list, 0, c->width, "%s.bias", name);
}

static void add_map(struct list *list, size_t block, const char *name, bool there, size_t rows,
                    size_t columns, bool bias) {
    if (!there) return;
    add(list, rows, columns, "layers.%zu.%s.weight", block, name);
    if (bias) add(list, 0, rows, "layers.%zu.%s.bias", block, name);
}

static void add_block(struct list *list, size_t b) {
    const struct attndyn_transformer_config *c = &list->network->config;
    size_t d = c->width, q = c->heads * c->head_width, kv = c->kv_heads * c->head_width;
    bool mlp = c->mlp != ATTNDYN_MLP_NONE;
    char name[40];
    snprintf(name, sizeof name, "layers.%zu.norm1", b);
    add_norm(list, name, true);
    add_map(list, b, "attention.query", c->query_projection, q, d, c->qkv_bias);
    add_map(list, b, "attention.key", c->key_projection, kv, d, c->qkv_bias);
    add_map(list, b, "attention.value", c->value_projection, kv, d, c->qkv_bias);
    add_map(list, b, "attention.output", c->output_projection, d, q, c->output_bias);
    snprintf(name, sizeof name, "layers.%zu.norm2", b);
    add_norm(list, name, mlp);
    add_map(list, b, "mlp.gate", c->mlp == ATTNDYN_MLP_SWIGLU, c->hidden, d, c->mlp_bias);
    add_map(list, b, "mlp.up", mlp, c->hidden, d, c->mlp_bias);
    add_map(list, b, "mlp.down", mlp, d, c->hidden, c->mlp_bias);
}

enum attndyn_status plain_create(struct attndyn_context *ctx,
                                 const struct attndyn_transformer_config *config,
                                 struct plain **network) {
    struct plain *n;
    size_t blocks = 0;
    ATTNDYN_ALLOC(ctx, n, 1);
    n->config = *config;
    struct attndyn_transformer_config *c = &n->config;
    if (c->outputs == 0) c->outputs = c->vocabulary;
    if (c->kv_heads == 0) c->kv_heads = c->heads;
    if (c->head_width == 0) c->head_width = c->width / c->heads;
    if (c->embedding_width == 0) c->embedding_width = c->width;
    if (c->attention_scale == 0) c->attention_scale = 1 / sqrt((double)c->head_width);
    if (c->embedding_scale == 0) c->embedding_scale = 1;
    if (c->embedding_scale < 0) c->embedding_scale = sqrt((double)c->width);
    for (size_t l = 0; l < c->layers; l++) {
        size_t block = c->layer_map ? c->layer_map[l] : l;
        if (block + 1 > blocks) blocks = block + 1;
    }
    struct list list = {.ctx = ctx, .network = n, .room = 16 + 20 * blocks};
    bool narrow = c->embedding_width != c->width;
    ATTNDYN_ALLOC(ctx, n->tensors, list.room);
    add(&list, c->vocabulary, c->embedding_width, "embedding.weight");
    if (c->position == ATTNDYN_POSITION_LEARNED)
        add(&list, c->context + c->position_offset, c->width, "position.weight");
    if (narrow) add(&list, c->width, c->embedding_width, "project_in.weight");
    add_norm(&list, "embedding_norm", c->embedding_norm);
    for (size_t b = 0; b < blocks; b++) add_block(&list, b);
    add_norm(&list, "norm", c->final_norm);
    if (narrow) add(&list, c->embedding_width, c->width, "project_out.weight");
    if (!c->tied) add(&list, c->outputs, c->embedding_width, "decoder.weight");
    if (c->decoder_bias) add(&list, 0, c->outputs, "decoder.bias");
    *network = n;
    return list.status;
}
