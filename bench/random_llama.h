/* Random weights of LLaMA's form, in memory, in any stored kind. */
#ifndef BENCH_RANDOM_LLAMA_H
#define BENCH_RANDOM_LLAMA_H

#include "bench/harness.h"
#include "sim/base/random.h"
#include "sim/model/transformer/weights.h"

struct llama_shape {
    size_t width, hidden, layers, heads, kv_heads, vocabulary, context;
};
enum llama_storage { LLAMA_F32, LLAMA_BF16, LLAMA_F16 };

static inline struct attndyn_matrix random_matrix(struct attndyn_context *ctx, uint64_t *state,
                                                  enum llama_storage storage, size_t rows,
                                                  size_t columns) {
    static const enum attndyn_dtype kinds[] = {ATTNDYN_F32, ATTNDYN_BF16, ATTNDYN_F16};
    size_t n = rows * columns;
    char *data = attndyn_alloc(ctx, n, storage == LLAMA_F32 ? 4 : 2);
    if (!data) exit(EXIT_FAILURE);
    float scale = 1.0f / sqrtf((float)columns);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = attndyn_splitmix_next(state);
        float x = scale * (2 * (float)((double)(bits >> 11) * 0x1p-53) - 1);
        uint32_t word;
        memcpy(&word, &x, 4);
        if (storage == LLAMA_F32) {
            ((float *)(void *)data)[i] = x;
        } else if (storage == LLAMA_BF16) {
            ((uint16_t *)(void *)data)[i] = (uint16_t)(word >> 16);
        } else { /* its exponent lies well within a half's */
            int exponent = (int)(word >> 23 & 255) - 112;
            ((uint16_t *)(void *)data)[i] =
                (uint16_t)((word >> 16 & 0x8000) |
                           (exponent < 1 ? 0 : (uint32_t)exponent << 10 | (word >> 13 & 1023)));
        }
    }
    return (struct attndyn_matrix){.data = data,
                                   .dtype = kinds[storage],
                                   .rows = rows,
                                   .columns = columns,
                                   .stride = columns,
                                   .group = rows};
}

static inline struct attndyn_weights_norm random_gain(struct attndyn_context *ctx, size_t d) {
    float *gain = ATTNDYN_NEW(ctx, float, d);
    if (!gain) exit(EXIT_FAILURE);
    for (size_t j = 0; j < d; j++) gain[j] = 1;
    return (struct attndyn_weights_norm){.gain = gain};
}

static inline const struct attndyn_weights *random_llama(struct attndyn_context *ctx,
                                                         const struct llama_shape *s,
                                                         enum llama_storage storage) {
    struct attndyn_weights *w = ATTNDYN_NEW(ctx, struct attndyn_weights, 1);
    struct attndyn_weights_block *block = ATTNDYN_NEW(ctx, struct attndyn_weights_block, s->layers);
    size_t *map = ATTNDYN_NEW(ctx, size_t, s->layers);
    if (!w || !block || !map) exit(EXIT_FAILURE);
    BENCH_OK(ctx, attndyn_transformer_preset(ctx, "llama", &w->config));
    w->config.width = s->width, w->config.hidden = s->hidden, w->config.layers = s->layers;
    w->config.heads = s->heads, w->config.kv_heads = s->kv_heads;
    w->config.vocabulary = s->vocabulary, w->config.context = s->context;
    w->config.position = ATTNDYN_POSITION_ROPE_INTERLEAVED;
    BENCH_OK(ctx, attndyn_transformer_config_resolve(ctx, &w->config));
    size_t d = s->width, h = s->hidden, kv = s->kv_heads * w->config.head_width;
    uint64_t state = 1;
    for (size_t l = 0; l < s->layers; l++) {
        struct attndyn_weights_block *k = &block[l];
        const struct {
            struct attndyn_weights_linear *map;
            size_t rows, columns;
        } maps[] = {{&k->query, d, d}, {&k->key, kv, d}, {&k->value, kv, d}, {&k->output, d, d},
                    {&k->gate, h, d},  {&k->up, h, d},   {&k->down, d, h}};
        for (size_t i = 0; i < 7; i++)
            maps[i].map->weight =
                random_matrix(ctx, &state, storage, maps[i].rows, maps[i].columns);
        k->norm1 = random_gain(ctx, d);
        k->norm2 = random_gain(ctx, d);
        map[l] = l;
    }
    w->block = block;
    w->blocks = s->layers;
    w->layer_map = map;
    w->embedding = random_matrix(ctx, &state, storage, s->vocabulary, d);
    w->decoder.weight = w->embedding;
    w->norm = random_gain(ctx, d);
    return w;
}

/* Takes the likeliest token; user: two numbers, the vocabulary and the token. */
static inline enum attndyn_status take_likeliest(void *user, size_t segment, size_t index,
                                                 const float *logits) {
    (void)segment, (void)index;
    size_t n = ((size_t *)user)[0], best = 0;
    for (size_t j = 1; j < n; j++) best = logits[j] > logits[best] ? j : best;
    ((size_t *)user)[1] = best;
    return ATTNDYN_OK;
}

#endif
