/* Windows, fresh passes and sparsity on a small network with drawn weights, against what a test
 * computes by itself from dense passes. (test_stories.c holds the same against NumPy's numbers, on
 * a trained network, where its file is at hand.) */
#include "sim/base/random.h"
#include "sim/model/inference/evaluate.h"
#include "sim/model/inference/sparse.h"
#include "sim/model/transformer/transformer.h"
#include "tests/support.h"

#include <math.h>
#include <string.h>

enum { WORDS = 23, WIDTH = 16, HIDDEN = 20, LAYERS = 2, HEADS = 4, EACH = 4, TEXT = 60 };

static struct attndyn_context *ctx;
static const struct attndyn_weights *weights;
static uint32_t text[TEXT];
static double nll[TEXT], expected[TEXT];

static void set_up(void) {
    struct attndyn_transformer_config c;
    struct attndyn_transformer *model;
    uint64_t state = 5;
    ctx = attndyn_context_create();
    assert_ok(ctx, attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = WORDS, c.context = TEXT, c.layers = LAYERS, c.width = WIDTH;
    c.heads = HEADS, c.kv_heads = 2, c.hidden = HIDDEN;
    c.init = ATTNDYN_INIT_NORMAL, c.init_scale = 0.4;
    assert_ok(ctx, attndyn_transformer_create(ctx, &c, 1, 1, &model));
    assert_ok(ctx, attndyn_transformer_initialise(ctx, model, 3));
    weights = attndyn_transformer_weights(model);
    for (size_t i = 0; i < TEXT; i++) text[i] = (uint32_t)(attndyn_splitmix_next(&state) % WORDS);
}
static void tear_down(void) {
    attndyn_context_free(ctx);
}

static void evaluate(const struct attndyn_evaluation *e, const uint32_t *tokens, size_t n,
                     double *to) {
    assert_ok(ctx, attndyn_evaluate(ctx, weights, e, tokens, n, to, NULL));
}
static void agree(const char *what) {
    for (size_t t = 0; t + 1 < TEXT; t++)
        ck_assert_msg(fabs(nll[t] - expected[t]) <= 1e-5 * (1 + fabs(expected[t])),
                      "%s, position %zu: %.7g, expected %.7g", what, t, nll[t], expected[t]);
}

/* ------------------------------------------------------------------ passes */

TEST(windows_are_their_passes) {
    const struct attndyn_evaluation windows = {.window = 20, .stride = 8}, dense = {0};
    evaluate(&windows, text, TEXT, nll);
    for (size_t b = 0, done = 0; done < TEXT - 1; b += 8) {
        double pass[TEXT];
        size_t end = b + 20 < TEXT - 1 ? b + 20 : TEXT - 1;
        evaluate(&dense, text + b, end - b + 1, pass);
        for (; done < end; done++) expected[done] = pass[done - b];
    }
    agree("window");
}

/* Each position from a fresh pass over its slots, one of which is the token in front, if there is
 * one. */
TEST(fresh_passes_are_passes) {
    enum { SLOTS = 7, FRONT = 11 };
    const struct attndyn_evaluation dense = {0};
    for (int restart = 0; restart < 2; restart++) {
        const struct attndyn_evaluation anew = {
            .cache = {.policy = ATTNDYN_CACHE_RECOMPUTATION, .slots = SLOTS},
            .restart = restart,
            .restart_token = FRONT};
        text[0] = FRONT;
        evaluate(&anew, text, TEXT, nll);
        for (size_t t = 0; t + 1 < TEXT; t++) {
            size_t first = t + 1 < SLOTS ? 0 : t + 1 - SLOTS;
            uint32_t read[SLOTS + 1];
            double pass[SLOTS];
            memcpy(read, text + first, (t + 2 - first) * sizeof *read);
            if (restart) read[0] = FRONT;
            evaluate(&dense, read, t + 2 - first, pass);
            expected[t] = pass[t - first];
        }
        agree(restart ? "recomputation with a token in front" : "recomputation");
    }
}

/* ------------------------------------------------------------------ sparsity */

/* The test's own sparsity: weighs the units, and adds up their weights or keeps the heaviest. */
struct own {
    bool heads, adds;              /* add the weights to sum and change nothing */
    const double (*fixed)[HIDDEN]; /* (layers): these weights for every token */
    double sum[LAYERS][HIDDEN];
    size_t kept;
};

static double column_norm(size_t layer, size_t unit) {
    const struct attndyn_weights_block *b = attndyn_weights_of_layer(weights, layer);
    double square = 0;
    for (size_t i = 0; i < WIDTH; i++) {
        float row[HIDDEN];
        attndyn_matrix_widen(&b->down.weight, i, 1, row);
        square += (double)row[unit] * (double)row[unit];
    }
    return sqrt(square);
}
static double head_norm(size_t layer, size_t head, const float *context) {
    const struct attndyn_weights_block *b = attndyn_weights_of_layer(weights, layer);
    double square = 0;
    for (size_t i = 0; i < WIDTH; i++) {
        float row[HEADS * EACH];
        double sum = 0;
        attndyn_matrix_widen(&b->output.weight, i, 1, row);
        for (size_t x = 0; x < EACH; x++)
            sum += (double)row[head * EACH + x] * (double)context[head * EACH + x];
        square += sum * sum;
    }
    return sqrt(square);
}

static void see(struct own *o, size_t layer, size_t rows, float *numbers, bool heads) {
    size_t units = heads ? HEADS : HIDDEN, each = heads ? EACH : 1;
    if (o->heads != heads) return;
    for (size_t r = 0; r < rows; r++, numbers += units * each) {
        double weight[HIDDEN];
        for (size_t i = 0; i < units; i++)
            weight[i] = o->fixed ? o->fixed[layer][i]
                        : heads  ? head_norm(layer, i, numbers)
                                 : fabs((double)numbers[i]) * column_norm(layer, i);
        for (size_t i = 0; i < units; i++) {
            size_t before = 0; /* how many are heavier: a unit stays where fewer than `kept` are */
            for (size_t k = 0; k < units; k++)
                before += weight[k] > weight[i] || (k < i && weight[k] == weight[i]);
            if (o->adds)
                o->sum[layer][i] += weight[i];
            else if (before >= o->kept)
                for (size_t x = 0; x < each; x++) numbers[i * each + x] = 0;
        }
    }
}
static void see_hidden(void *user, size_t layer, size_t rows, float *hidden) {
    see(user, layer, rows, hidden, false);
}
static void see_heads(void *user, size_t layer, size_t rows, float *context) {
    see(user, layer, rows, context, true);
}

static void evaluate_own(struct own *o, const uint32_t *tokens, size_t n, double *to) {
    const struct attndyn_inference_hooks hooks = {
        .user = o, .hidden = see_hidden, .heads = see_heads};
    evaluate(&(struct attndyn_evaluation){.hooks = &hooks}, tokens, n, to);
}

TEST(the_heaviest_stay) {
    for (int heads = 0; heads < 2; heads++)
        for (int fixed = 0; fixed < 2; fixed++) {
            /* 0.3 of 20 units and of 4 heads, rounded up */
            struct own own = {.heads = heads, .kept = heads ? 2 : 6}, means = {.heads = heads};
            struct attndyn_sparse_options options = {.mlp = !heads,
                                                     .heads = heads,
                                                     .choice = fixed ? ATTNDYN_SPARSE_STATIC
                                                                     : ATTNDYN_SPARSE_CONTEXTUAL,
                                                     .share = 0.3};
            struct attndyn_inference_hooks hooks;
            struct attndyn_sparse *s;
            assert_ok(ctx, attndyn_sparse_create(ctx, weights, &options, &s));
            if (fixed) { /* another text, in one pass; the last of its tokens is read, too */
                uint32_t other[41] = {0};
                double lost[40];
                for (size_t i = 0; i < 40; i++) other[i] = text[TEXT - 1 - i];
                means.adds = true;
                evaluate_own(&means, other, 41, lost);
                assert_ok(ctx, attndyn_sparse_calibrate(ctx, s, other, 40));
                own.fixed = (const double(*)[HIDDEN])means.sum;
            }
            evaluate_own(&own, text, TEXT, expected);
            assert_ok(ctx, attndyn_sparse_hooks(ctx, s, &hooks));
            evaluate(&(struct attndyn_evaluation){.hooks = &hooks}, text, TEXT, nll);
            agree(fixed ? "static" : "contextual");
        }
}

/* ------------------------------------------------------------------ predictors */

struct watched {
    struct attndyn_inference_hooks inner;
    bool chosen[TEXT][HIDDEN]; /* of the second layer */
    size_t rows;
};
static void watch_layer(void *user, size_t layer, size_t rows, const float *stream) {
    struct watched *w = user;
    w->inner.layer(w->inner.user, layer, rows, stream);
}
static void watch_hidden(void *user, size_t layer, size_t rows, float *hidden) {
    struct watched *w = user;
    w->inner.hidden(w->inner.user, layer, rows, hidden);
    for (size_t r = 0; layer == 1 && r < rows; r++, w->rows++)
        for (size_t i = 0; i < HIDDEN; i++) w->chosen[w->rows][i] = hidden[r * HIDDEN + i] != 0;
}

/* What enters the first layer is the token's embedding. So a predictor of the second layer that
 * reads it a layer ahead says the same for a token wherever it stands; one that reads what enters
 * its own layer does not. */
TEST(ahead_is_the_layer_before) {
    for (int ahead = 0; ahead < 2; ahead++) {
        const struct attndyn_sparse_options options = {
            .mlp = true,
            .choice = ahead ? ATTNDYN_SPARSE_PREDICTOR_AHEAD : ATTNDYN_SPARSE_PREDICTOR,
            .share = 0.3,
            .rank = 4,
            .seed = 2};
        struct watched w = {.rows = 0};
        struct attndyn_sparse *s;
        size_t pairs = 0, alike = 0;
        assert_ok(ctx, attndyn_sparse_create(ctx, weights, &options, &s));
        assert_ok(ctx, attndyn_sparse_calibrate(ctx, s, text, TEXT));
        assert_ok(ctx, attndyn_sparse_hooks(ctx, s, &w.inner));
        const struct attndyn_inference_hooks hooks = {
            .user = &w, .layer = watch_layer, .hidden = watch_hidden};
        evaluate(&(struct attndyn_evaluation){.hooks = &hooks}, text, TEXT, nll);
        ck_assert_uint_eq(w.rows, TEXT - 1);
        for (size_t i = 0; i < w.rows; i++)
            for (size_t k = 0; k < i; k++) {
                if (text[i] != text[k]) continue;
                pairs++;
                alike += memcmp(w.chosen[i], w.chosen[k], sizeof w.chosen[i]) == 0;
            }
        ck_assert_msg(pairs > 20 && (ahead ? alike == pairs : alike < pairs),
                      "ahead %d: %zu of %zu pairs of like tokens choose alike", ahead, alike,
                      pairs);
    }
}

TCASE(inference_small) {
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_tests(tcase, windows_are_their_passes, fresh_passes_are_passes, the_heaviest_stay,
                    ahead_is_the_layer_before);
}
