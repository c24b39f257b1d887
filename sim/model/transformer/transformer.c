#include "transformer.h"

#include "../../base/random.h"
#include "layout.h"

#include <fnmatch.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* An arena of `count` numbers at a multiple of 64 bytes. */
static enum attndyn_status arena_of(struct attndyn_context *ctx, size_t count,
                                    struct net_arena *arena) {
    const size_t line = 64 / sizeof(attndyn_real);
    attndyn_real *block;
    ATTNDYN_ALLOC(ctx, block, count + line);
    uintptr_t off = (uintptr_t)block % 64;
    arena->base = off ? block + (64 - off) / sizeof(attndyn_real) : block;
    arena->used = 0;
    return ATTNDYN_OK;
}

/* Room for the parameters and their gradients. */
static enum attndyn_status make_parameters(struct attndyn_context *ctx,
                                           struct attndyn_transformer *m) {
    struct net_training *t = m->training;
    const struct attndyn_transformer_config *c = &t->weights.config;
    struct net_arena values = {0}, gradients = {0};
    size_t blocks = t->weights.blocks, positions = m->max_sequences * m->max_length;
    const bool one = m->thrift.gradients;
    attndyn_net_parameters_layout(t, c, blocks, positions, one, &values, &gradients);
    m->parameter_bytes = values.used * sizeof(attndyn_real);
    m->gradient_bytes = gradients.used * sizeof(attndyn_real);
    ATTNDYN_ALLOC(ctx, t->parameters, t->count);
    ATTNDYN_ALLOC(ctx, t->nets, t->count);
    ATTNDYN_ALLOC(ctx, t->block, blocks);
    ATTNDYN_ALLOC(ctx, t->view, blocks);
    ATTNDYN_TRY(arena_of(ctx, values.used, &values));
    ATTNDYN_TRY(arena_of(ctx, gradients.used, &gradients));
    attndyn_net_parameters_layout(t, c, blocks, positions, one, &values, &gradients);
    attndyn_net_parameters_view(t);
    return ATTNDYN_OK;
}

static enum attndyn_status check_batch(struct attndyn_context *ctx, size_t context,
                                       size_t sequences, size_t length) {
    if (sequences >= 1 && length >= 1 && length <= context &&
        sequences <= ((size_t)1 << 31) / length)
        return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "transformer: batches of %zu sequences of length %zu, expected at least 1 "
                        "of 1 to %zu (context)",
                        sequences, length, context);
}

/* Room for what a batch leaves behind. */
static enum attndyn_status make_activations(struct attndyn_context *ctx,
                                            struct attndyn_transformer *m) {
    struct net_arena activations = {0};
    attndyn_net_activations_layout(m, &activations);
    m->activation_bytes = activations.used * sizeof(attndyn_real);
    ATTNDYN_ALLOC(ctx, m->layer, m->weights->config.layers);
    ATTNDYN_TRY(arena_of(ctx, activations.used, &activations));
    attndyn_net_activations_layout(m, &activations);
    ATTNDYN_ALLOC(ctx, m->losses, m->max_sequences * m->max_length);
    attndyn_net_positions(m);
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_transformer_create(struct attndyn_context *ctx,
                                               const struct attndyn_transformer_config *config,
                                               size_t sequences, size_t length,
                                               struct attndyn_transformer **model) {
    const struct attndyn_thrift none = {0};
    return attndyn_transformer_create_thrifty(ctx, config, &none, sequences, length, model);
}

enum attndyn_status attndyn_transformer_create_thrifty(
    struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
    const struct attndyn_thrift *thrift, size_t sequences, size_t length,
    struct attndyn_transformer **model) {
    struct attndyn_transformer *m;
    struct net_training *t;
    ATTNDYN_ALLOC(ctx, m, 1);
    ATTNDYN_ALLOC(ctx, t, 1);
    m->training = t;
    m->weights = &t->weights;
    m->thrift = *thrift;
    t->weights.config = *config;
    ATTNDYN_TRY(attndyn_transformer_config_resolve(ctx, &t->weights.config));
    ATTNDYN_TRY(check_batch(ctx, t->weights.config.context, sequences, length));
    m->max_sequences = sequences;
    m->max_length = length;
    m->threads = (size_t)attndyn_threads(ctx);
    ATTNDYN_TRY(attndyn_net_blocks(ctx, t));
    if (thrift->gradients && t->weights.blocks != t->weights.config.layers)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "transformer: %zu layers share %zu blocks: the gradient of one is not "
                            "whole before another's begins, so that they cannot share a room",
                            t->weights.config.layers, t->weights.blocks);
    ATTNDYN_TRY(make_parameters(ctx, m));
    ATTNDYN_TRY(make_activations(ctx, m));
    ATTNDYN_ALLOC(ctx, t->slot, t->weights.config.vocabulary);
    ATTNDYN_ALLOC(ctx, t->touched, sequences * length);
    if (t->weights.config.embedding_frozen)
        ATTNDYN_TRY(attndyn_transformer_freeze(ctx, m, "embedding.weight"));
    *model = m;
    return ATTNDYN_OK;
}

enum attndyn_status attndyn_transformer_over(struct attndyn_context *ctx,
                                             const struct attndyn_weights *weights,
                                             size_t sequences, size_t length,
                                             struct attndyn_transformer **model) {
    struct attndyn_transformer *m;
    ATTNDYN_TRY(check_batch(ctx, weights->config.context, sequences, length));
    ATTNDYN_ALLOC(ctx, m, 1);
    m->weights = weights;
    m->max_sequences = sequences;
    m->max_length = length;
    m->threads = (size_t)attndyn_threads(ctx);
    m->parameter_bytes = attndyn_weights_bytes(weights, NULL);
    ATTNDYN_TRY(make_activations(ctx, m));
    *model = m;
    return ATTNDYN_OK;
}

const struct attndyn_weights *attndyn_transformer_weights(const struct attndyn_transformer *m) {
    return m->weights;
}

const struct attndyn_transformer_config *attndyn_transformer_config_of(
    const struct attndyn_transformer *m) {
    return &m->weights->config;
}

struct attndyn_parameter *attndyn_transformer_parameters(struct attndyn_transformer *m,
                                                         size_t *count) {
    *count = m->training ? m->training->count : 0;
    return m->training ? m->training->parameters : NULL;
}

struct attndyn_parameter *attndyn_transformer_parameter(struct attndyn_transformer *m,
                                                        const char *name) {
    size_t count;
    struct attndyn_parameter *parameters = attndyn_transformer_parameters(m, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(parameters[i].name, name) == 0) return &parameters[i];
    return NULL;
}

void attndyn_transformer_count_keys(struct attndyn_transformer *model, const double *counts) {
    model->counts = counts;
}

enum attndyn_status attndyn_transformer_freeze(struct attndyn_context *ctx,
                                               struct attndyn_transformer *m, const char *pattern) {
    bool any = false;
    size_t count;
    struct attndyn_parameter *parameters = attndyn_transformer_parameters(m, &count);
    for (size_t i = 0; i < count; i++) {
        if (fnmatch(pattern, parameters[i].name, 0) != 0) continue;
        parameters[i].frozen = any = true;
        parameters[i].gradient = NULL;
    }
    if (any) return ATTNDYN_OK;
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "transformer: no parameter matches '%s'; the first is '%s', the last '%s'",
                        pattern, parameters[0].name, parameters[count - 1].name);
}

static void hold(struct attndyn_transformer *m, const struct attndyn_batch *batch) {
    m->held = *batch;
    m->batch = &m->held;
}

double attndyn_transformer_loss(struct attndyn_transformer *m, const struct attndyn_batch *batch) {
    hold(m, batch);
    m->dropping = false;
    attndyn_net_forward(m);
    return batch->targets ? attndyn_net_head(m, NULL, NULL) : NAN;
}

double attndyn_transformer_gradient_in_parts(struct attndyn_transformer *m,
                                             const struct attndyn_batch *batch, uint64_t step,
                                             void (*part)(void *user, size_t first, size_t count),
                                             void *user) {
    m->training->part = part;
    m->training->user = user;
    double loss = attndyn_transformer_gradient(m, batch, step);
    m->training->part = NULL;
    return loss;
}

double attndyn_transformer_gradient(struct attndyn_transformer *m,
                                    const struct attndyn_batch *batch, uint64_t step) {
    hold(m, batch);
    m->dropping = true;
    m->drop_key = attndyn_random_derive(m->seed, "dropout", step);
    for (size_t i = 0; i < m->training->count; i++) m->training->nets[i].written = false;
    attndyn_net_forward(m);
    double loss = attndyn_net_head(m, m->narrow ? m->training->d_narrow : m->training->g3, NULL);
    attndyn_net_backward(m);
    return loss;
}

void attndyn_transformer_logits(struct attndyn_transformer *m, const struct attndyn_batch *batch,
                                attndyn_real *logits) {
    hold(m, batch);
    m->dropping = false;
    attndyn_net_forward(m);
    attndyn_net_head(m, NULL, logits);
}

const attndyn_real *attndyn_transformer_view(const struct attndyn_transformer *m,
                                             enum attndyn_view view, size_t l, size_t *stride) {
    const struct attndyn_transformer_config *c = &m->weights->config;
    if (!m->batch || l > c->layers || (l == c->layers && view != ATTNDYN_VIEW_STREAM)) return NULL;
    if (m->thrift.activations && view != ATTNDYN_VIEW_STREAM) return NULL;
    const struct net_layer *layer = &m->layer[l];
    switch (view) {
    case ATTNDYN_VIEW_STREAM:
        *stride = c->width;
        return l == c->layers ? m->stream : layer->in;
    case ATTNDYN_VIEW_QUERY:
        *stride = net_qkv_width(c);
        return layer->qkv;
    case ATTNDYN_VIEW_KEY:
        *stride = net_qkv_width(c);
        return layer->qkv + c->heads * c->head_width;
    case ATTNDYN_VIEW_VALUE:
        *stride = net_qkv_width(c);
        return layer->qkv + (c->heads + c->kv_heads) * c->head_width;
    case ATTNDYN_VIEW_ATTENTION:
        *stride = m->batch->length;
        return layer->attention;
    case ATTNDYN_VIEW_PREHIDDEN:
        *stride = c->hidden;
        return layer->prehidden;
    case ATTNDYN_VIEW_HIDDEN:
        *stride = c->hidden;
        return layer->hidden;
    }
    return NULL;
}

const double *attndyn_transformer_losses(const struct attndyn_transformer *m) {
    return m->losses;
}

void attndyn_transformer_memory(const struct attndyn_transformer *m, size_t *parameters,
                                size_t *gradients, size_t *activations) {
    *parameters = m->parameter_bytes;
    *gradients = m->gradient_bytes;
    *activations = m->activation_bytes;
}
