/* A sliding window as a ring buffer, in plain loops in double: each key is rotated once, by its
 * place in the stream, and lies in slot t mod L. The engine's list of slots must give the same,
 * both with positions by rank and with those of the stream, since rotary positions are relative. */
#include "sim/model/inference/inference.h"
#include "sim/model/transformer/transformer.h"
#include "tests/support.h"

#include <math.h>

enum {
    WIDTH = 16,
    HEADS = 4,
    GROUPS = 2,
    HEAD = WIDTH / HEADS,
    LAYERS = 2,
    SLOTS = 5,
    TOKENS = 24
};

struct ring {
    double key[LAYERS][SLOTS][GROUPS * HEAD], value[LAYERS][SLOTS][GROUPS * HEAD];
    double context[LAYERS][WIDTH];
    const struct attndyn_weights *weights;
    int at; /* t */
    int compared;
    double off, size;
};

static double times(const struct attndyn_matrix *m, size_t row, const double *x) {
    const float *w = (const float *)m->data + row * m->stride;
    double sum = 0;
    ck_assert(m->dtype == ATTNDYN_F32 && !m->transposed);
    for (size_t j = 0; j < m->columns; j++) sum += (double)w[j] * x[j];
    return sum;
}

static void turn(const struct ring *r, double *x) {
    for (int j = 0; j < HEAD / 2; j++) {
        const double angle = r->at * pow(r->weights->config.rope_base, -2. * j / HEAD);
        const double u = x[j], v = x[j + HEAD / 2];
        x[j] = u * cos(angle) - v * sin(angle);
        x[j + HEAD / 2] = u * sin(angle) + v * cos(angle);
    }
}

static void enter(void *user, size_t layer, size_t rows, const attndyn_real *stream) {
    struct ring *r = user;
    const struct attndyn_weights_block *b = &r->weights->block[layer];
    double x[WIDTH], query[WIDTH], square = 0;
    double(*key)[GROUPS * HEAD] = r->key[layer], (*value)[GROUPS * HEAD] = r->value[layer];
    const int slot = r->at % SLOTS, kept = r->at < SLOTS ? r->at + 1 : SLOTS;
    ck_assert_uint_eq(rows, 1);
    for (int j = 0; j < WIDTH; j++) square += (double)stream[j] * (double)stream[j];
    for (int j = 0; j < WIDTH; j++)
        x[j] = (double)stream[j] / sqrt(square / WIDTH + r->weights->config.norm_epsilon) *
               (double)b->norm1.gain[j];
    for (size_t i = 0; i < WIDTH; i++) query[i] = times(&b->query.weight, i, x);
    for (size_t i = 0; i < GROUPS * HEAD; i++) {
        key[slot][i] = times(&b->key.weight, i, x);
        value[slot][i] = times(&b->value.weight, i, x);
    }
    for (int h = 0; h < HEADS; h++) turn(r, query + h * HEAD);
    for (int g = 0; g < GROUPS; g++) turn(r, key[slot] + g * HEAD);
    for (int h = 0; h < HEADS; h++) {
        const int g = h / (HEADS / GROUPS) * HEAD;
        double w[SLOTS], sum = 0;
        for (int s = 0; s < kept; s++) {
            w[s] = 0;
            for (int j = 0; j < HEAD; j++) w[s] += query[h * HEAD + j] * key[s][g + j];
            sum += w[s] = exp(w[s] / sqrt(HEAD));
        }
        for (int j = 0; j < HEAD; j++) {
            r->context[layer][h * HEAD + j] = 0;
            for (int s = 0; s < kept; s++)
                r->context[layer][h * HEAD + j] += w[s] / sum * value[s][g + j];
        }
    }
}

static void leave(void *user, size_t layer, size_t rows, attndyn_real *context) {
    struct ring *r = user;
    ck_assert_uint_eq(rows, 1);
    for (int j = 0; j < WIDTH; j++) {
        r->off = fmax(r->off, fabs((double)context[j] - r->context[layer][j]));
        r->size = fmax(r->size, fabs(r->context[layer][j]));
        r->compared++;
    }
}

TEST(window_by_ring_is_window_by_slots) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    assert_ok(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = 11, c.context = TOKENS, c.layers = LAYERS, c.width = WIDTH, c.heads = HEADS;
    c.kv_heads = GROUPS, c.hidden = 24, c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.6;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 1, 1, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 3));
    for (int by = 0; by < 2; by++) {
        struct ring ring = {.weights = attndyn_transformer_weights(model)};
        struct attndyn_inference *s;
        const struct attndyn_inference_hooks hooks = {
            .user = &ring, .layer = enter, .heads = leave};
        const struct attndyn_inference_options options = {
            .cache = {.policy = ATTNDYN_CACHE_WINDOW,
                      .slots = SLOTS,
                      .positions = by ? ATTNDYN_CACHE_ORIGINAL : ATTNDYN_CACHE_RANKS}};
        assert_ok(ctx, attndyn_inference_create(ctx, ring.weights, &options, &s));
        attndyn_inference_watch(s, &hooks);
        for (; ring.at < TOKENS; ring.at++) {
            const uint32_t token = (uint32_t)(ring.at * ring.at % 11);
            const struct attndyn_segment one = {0, &token, 1, 1};
            assert_ok(ctx, attndyn_inference_feed(ctx, s, &one, 1, NULL, NULL));
        }
        ck_assert_int_eq(ring.compared, TOKENS * LAYERS * WIDTH);
        ck_assert_msg(ring.size > 0.1, "nothing to compare");
        assert_at_most(ring.off, 1e-5 * ring.size);
    }
    attndyn_context_free(ctx);
}

/* In a network of one layer keys and values are those of their tokens alone: a stream that has gone
 * on for long is a fresh one of the tokens that are kept. */
enum { LONG = 100000, KEPT = 12, SINKS = 3 };

static uint32_t token_of(size_t t) {
    return t < SINKS ? (uint32_t)t : (uint32_t)(t * t / 7 % 11);
}
static enum attndyn_status note(void *user, size_t segment, size_t index, const float *logits) {
    (void)segment, (void)index;
    memcpy(user, logits, 11 * sizeof *logits);
    return ATTNDYN_OK;
}

TEST(a_long_stream_is_a_fresh_one) {
    struct attndyn_context *ctx = attndyn_context_create();
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    struct attndyn_inference *stream, *fresh;
    float late[11], anew[11], early[11];
    uint32_t kept[KEPT];
    const size_t sinks = _i ? SINKS : 0;
    assert_ok(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = 11, c.context = KEPT, c.layers = 1, c.width = WIDTH, c.heads = HEADS;
    c.kv_heads = GROUPS, c.hidden = 24, c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.6;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 1, 1, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 3));
    const struct attndyn_weights *w = attndyn_transformer_weights(model);
    const struct attndyn_inference_options options = {
        .cache = {.policy = sinks ? ATTNDYN_CACHE_STREAMING : ATTNDYN_CACHE_WINDOW,
                  .slots = KEPT,
                  .sinks = sinks}};
    assert_ok(ctx, attndyn_inference_create(ctx, w, &options, &stream));
    assert_ok(ctx,
              attndyn_inference_create(ctx, w, &(struct attndyn_inference_options){0}, &fresh));
    for (size_t t = 0; t < LONG; t++) {
        const uint32_t token = token_of(t);
        const struct attndyn_segment one = {0, &token, 1, 0};
        assert_ok(ctx, attndyn_inference_feed(ctx, stream, &one, 1, note, late));
        if (t == LONG - 2) memcpy(early, late, sizeof early);
    }
    for (size_t r = 0; r < KEPT; r++) kept[r] = token_of(r < sinks ? r : LONG - KEPT + r);
    const struct attndyn_segment all = {0, kept, KEPT, KEPT - 1};
    assert_ok(ctx, attndyn_inference_feed(ctx, fresh, &all, 1, note, anew));
    double off = 0, moved = 0;
    for (int j = 0; j < 11; j++) {
        off = fmax(off, fabs((double)late[j] - (double)anew[j]));
        moved = fmax(moved, fabs((double)late[j] - (double)early[j]));
    }
    ck_assert_msg(moved > 0.1, "nothing to compare");
    assert_at_most(off, 1e-5 * moved);
    attndyn_context_free(ctx);
}

TCASE(cache_ring) {
    tcase_add_test(tcase, window_by_ring_is_window_by_slots);
    tcase_add_loop_test(tcase, a_long_stream_is_a_fresh_one, 0, 2);
}
