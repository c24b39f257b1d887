/* The bodies of runs.h, of two translation units, one a precision. */
#include "runs.h"
#include "sim/base/random.h"
#include "sim/model/inference/inference.h"
#include "sim/model/inference/inference_private.h"
#include "sim/model/transformer/transformer.h"
#include "tests/support.h"

#include <string.h>

static attndyn_real uniform(uint64_t *state) {
    return (attndyn_real)((double)(attndyn_splitmix_next(state) >> 40) * 0x1p-24 - 0.5);
}

/* Every parameter drawn: maps of sd about 0.6/sqrt(in) times 3, so that attention is not flat. */
static struct attndyn_transformer *network(struct attndyn_context *ctx,
                                           const struct attndyn_transformer_config *config,
                                           uint64_t seed, size_t length) {
    struct attndyn_transformer *model;
    size_t count;
    assert_ok(ctx, attndyn_transformer_create(ctx, config, 1, length, &model));
    struct attndyn_parameter *p = attndyn_transformer_parameters(model, &count);
    for (size_t i = 0; i < count; i++) {
        bool gain = strstr(p[i].name, "norm") && strstr(p[i].name, "weight");
        bool table = strstr(p[i].name, "embedding") || strstr(p[i].name, "position");
        attndyn_real scale = p[i].dimensions == 2 && !table
                                 ? (attndyn_real)(6 / sqrt((double)p[i].columns))
                                 : (attndyn_real)(table ? 2 : 0.5);
        for (size_t j = 0; j < attndyn_parameter_count(&p[i]); j++)
            p[i].value[j] = scale * uniform(&seed) + (attndyn_real)gain;
    }
    return model;
}

/* ------------------------------------------------------------------ other storage */

static uint16_t brain_of(double x) {
    float single = (float)x;
    uint32_t bits;
    memcpy(&bits, &single, 4);
    return (uint16_t)(bits >> 16);
}
/* Normal halves only; cut, not rounded. */
static uint16_t half_of(double x) {
    float single = (float)x;
    uint32_t bits;
    memcpy(&bits, &single, 4);
    int exponent = (int)(bits >> 23 & 255) - 127 + 15;
    if (exponent < 1) return (uint16_t)(bits >> 16 & 0x8000);
    ck_assert_int_lt(exponent, 31);
    return (uint16_t)((bits >> 16 & 0x8000) | (uint32_t)exponent << 10 | (bits >> 13 & 1023));
}

static void restore(struct attndyn_context *ctx, enum storage storage, size_t group,
                    struct attndyn_matrix *m) {
    if (!m->data || storage == PLAIN) return;
    size_t n = m->rows * m->columns;
    attndyn_real *dense = ATTNDYN_NEW(ctx, attndyn_real, n);
    attndyn_matrix_widen(m, 0, m->rows, dense);
    if (storage == TRANSPOSED) {
        attndyn_real *t = ATTNDYN_NEW(ctx, attndyn_real, n);
        for (size_t i = 0; i < m->rows; i++)
            for (size_t j = 0; j < m->columns; j++) t[j * m->rows + i] = dense[i * m->columns + j];
        m->data = t, m->transposed = true, m->stride = m->rows, m->group = m->rows;
        return;
    }
    if (storage == GROUPED) {
        if (m->rows % group) return;
        size_t apart = 3 * group * m->columns;
        attndyn_real *g = ATTNDYN_NEW(ctx, attndyn_real, m->rows / group * apart);
        for (size_t i = 0; i < m->rows; i++)
            memcpy(g + i / group * apart + i % group * m->columns, dense + i * m->columns,
                   m->columns * sizeof *g);
        m->data = g, m->group = group, m->apart = apart;
        return;
    }
    bool brain = storage == BRAIN || storage == WIDENED_BRAIN;
    uint16_t *narrow = ATTNDYN_NEW(ctx, uint16_t, n);
    for (size_t i = 0; i < n; i++)
        narrow[i] = brain ? brain_of((double)dense[i]) : half_of((double)dense[i]);
    m->data = narrow;
    m->dtype = brain ? ATTNDYN_BF16 : ATTNDYN_F16;
    m->stride = m->columns, m->group = m->rows, m->apart = 0;
    if (storage == BRAIN || storage == HALF) return;
    attndyn_matrix_widen(m, 0, m->rows, dense);
    m->data = dense;
    m->dtype = sizeof(attndyn_real) == 8 ? ATTNDYN_F64 : ATTNDYN_F32;
}

/* A copy of the weights, its matrices stored otherwise. */
static struct attndyn_weights *stored(struct attndyn_context *ctx, const struct attndyn_weights *w,
                                      enum storage storage) {
    struct attndyn_weights *to = ATTNDYN_NEW(ctx, struct attndyn_weights, 1);
    struct attndyn_weights_block *block = ATTNDYN_NEW(ctx, struct attndyn_weights_block, w->blocks);
    size_t a = w->config.head_width;
    *to = *w;
    to->block = block;
    for (size_t b = 0; b < w->blocks; b++) {
        struct attndyn_weights_block *k = &block[b];
        *k = w->block[b];
        struct attndyn_weights_linear *maps[] = {&k->query, &k->key, &k->value, &k->output,
                                                 &k->gate,  &k->up,  &k->down};
        for (size_t i = 0; i < 7; i++)
            if (storage != GROUPED || i < 3) restore(ctx, storage, a, &maps[i]->weight);
    }
    if (storage == TRANSPOSED || storage == GROUPED) return to;
    restore(ctx, storage, a, &to->embedding);
    restore(ctx, storage, a, &to->position);
    restore(ctx, storage, a, &to->project_in);
    restore(ctx, storage, a, &to->project_out);
    if (w->config.tied)
        to->decoder.weight = to->embedding;
    else
        restore(ctx, storage, a, &to->decoder.weight);
    return to;
}

/* ------------------------------------------------------------------ feeding */

struct sink {
    double *to;
    size_t outputs, first, length; /* of segment k, token i: row k length + first + i */
};
static enum attndyn_status put(void *user, size_t segment, size_t index,
                               const attndyn_real *logits) {
    const struct sink *s = user;
    double *row = s->to + (segment * s->length + s->first + index) * s->outputs;
    for (size_t j = 0; j < s->outputs; j++) row[j] = (double)logits[j];
    return ATTNDYN_OK;
}

static struct attndyn_inference *made(struct attndyn_context *ctx,
                                      const struct attndyn_transformer_config *config,
                                      uint64_t seed, const struct run *run, size_t n,
                                      size_t streams) {
    struct attndyn_transformer *model = network(ctx, config, seed, 1);
    const struct attndyn_weights *w = stored(ctx, attndyn_transformer_weights(model), run->storage);
    struct attndyn_inference_options options = {.streams = streams,
                                                .capacity = run->capacity ? run->capacity
                                                                          : n + run->zero_slot,
                                                .block = run->way == IN_BLOCKS ? 7 : 0,
                                                .cache = run->cache,
                                                .bytes = run->bytes,
                                                .masked = run->way == MASKED};
    struct attndyn_inference *inference;
    attndyn_threads_allow(ctx, run->threads ? run->threads : 1);
    assert_ok(ctx, attndyn_inference_create(ctx, w, &options, &inference));
    attndyn_real *zero = ATTNDYN_NEW(ctx, attndyn_real, config->width);
    for (size_t l = 0; run->zero_slot && l < config->layers; l++)
        for (size_t g = 0; g < inference->config->kv_heads; g++)
            attndyn_infer_list_append(infer_list_of(inference, 0, l, g), zero, zero, 0, 0);
    return inference;
}

#define logits_real ATTNDYN_REAL_NAME(logits)
double *logits_real(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                    uint64_t seed, const struct run *run, const uint32_t *tokens, size_t n) {
    struct attndyn_inference *inference = made(ctx, config, seed, run, n, 1);
    size_t outputs = inference->config->outputs;
    struct sink sink = {ATTNDYN_NEW(ctx, double, n *outputs), outputs, 0, n};
    size_t cut = run->way == ONE_BY_ONE ? 1 : run->way == IN_CUTS ? 5 : n;
    for (size_t i = 0; i < n; i += cut, cut = run->way == IN_CUTS ? cut % 7 + 1 : cut) {
        struct attndyn_segment segment = {0, tokens + i, n - i < cut ? n - i : cut, 0};
        sink.first = i;
        assert_ok(ctx, attndyn_inference_feed(ctx, inference, &segment, 1, put, &sink));
    }
    ck_assert_uint_eq(attndyn_inference_fed(inference, 0), n);
    return sink.to;
}

#define engine_real ATTNDYN_REAL_NAME(engine)
double *engine_real(struct attndyn_context *ctx, const struct attndyn_transformer_config *config,
                    uint64_t seed, const uint32_t *tokens, size_t n) {
    attndyn_threads_allow(ctx, 1);
    struct attndyn_transformer *model = network(ctx, config, seed, n);
    struct attndyn_batch batch = {1, n, tokens, NULL, NULL};
    size_t count = n * attndyn_transformer_config_of(model)->outputs;
    attndyn_real *logits = ATTNDYN_NEW(ctx, attndyn_real, count);
    double *to = ATTNDYN_NEW(ctx, double, count);
    attndyn_transformer_logits(model, &batch, logits);
    for (size_t i = 0; i < count; i++) to[i] = (double)logits[i];
    return to;
}

#define two_streams_real ATTNDYN_REAL_NAME(two_streams)
double *two_streams_real(struct attndyn_context *ctx,
                         const struct attndyn_transformer_config *config, uint64_t seed,
                         const struct run *run, const uint32_t *first, const uint32_t *second,
                         size_t n) {
    struct attndyn_inference *inference = made(ctx, config, seed, run, n, 2);
    size_t outputs = inference->config->outputs;
    struct sink sink = {ATTNDYN_NEW(ctx, double, 2 * n * outputs), outputs, 0, n};
    for (size_t i = 0; i < n; i++) {
        struct attndyn_segment segments[] = {{0, first + i, 1, 0}, {1, second + i, 1, 0}};
        sink.first = i;
        assert_ok(ctx, attndyn_inference_feed(ctx, inference, segments, 2, put, &sink));
    }
    return sink.to;
}
