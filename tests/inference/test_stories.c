/* stories260K, a trained network, against tests/reference/inference.py: every cache policy with
 * both positions, evaluation with a part of the units, multiple choice item by item, greedy text.
 * Skipped, with a message, where ATTNDYN_DATA does not name the folder of the data. */
#include "sim/data/codec/codec.h"
#include "sim/data/safetensors.h"
#include "sim/data/tasks.h"
#include "sim/model/inference/continuation.h"
#include "sim/model/inference/generate.h"
#include "sim/model/inference/sparse.h"
#include "sim/model/transformer/foreign/model.h"
#include "stories.h"
#include "tests/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the reference */

static struct attndyn_safetensors reference;

static const struct attndyn_tensor *held(const char *name) {
    const struct attndyn_tensor *t = attndyn_safetensors_find(&reference, name);
    ck_assert_msg(t != NULL, "the reference has no %s", name);
    return t;
}
static double *numbers(struct attndyn_context *ctx, const char *name) {
    const struct attndyn_tensor *t = held(name);
    double *to = ATTNDYN_NEW(ctx, double, attndyn_tensor_count(t));
    assert_ok(ctx, attndyn_tensor_to_double(ctx, t, to));
    return to;
}
static int64_t *integers(struct attndyn_context *ctx, const char *name) {
    const struct attndyn_tensor *t = held(name);
    int64_t *to = ATTNDYN_NEW(ctx, int64_t, attndyn_tensor_count(t));
    assert_ok(ctx, attndyn_tensor_to_int64(ctx, t, to));
    return to;
}
static uint32_t *ids(struct attndyn_context *ctx, const char *name, size_t *n) {
    int64_t *from = integers(ctx, name);
    *n = attndyn_tensor_count(held(name));
    uint32_t *to = ATTNDYN_NEW(ctx, uint32_t, *n);
    for (size_t i = 0; i < *n; i++) to[i] = (uint32_t)from[i];
    return to;
}

static struct attndyn_context *begin(void) {
    struct attndyn_context *ctx = attndyn_context_create();
    assert_ok(ctx,
              attndyn_safetensors_read(ctx, "tests/reference/inference.safetensors", &reference));
    return ctx;
}

static void near(const char *what, size_t n, const double *a, const double *b, double tolerance) {
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs(a[i] - b[i]) <= tolerance, "%s: %.10g at %zu, expected %.10g", what,
                      a[i], i, b[i]);
}

/* Both precisions against the numbers of that name. */
static void both(struct attndyn_context *ctx, const char *name, struct stories *s) {
    size_t n;
    uint32_t *tokens = ids(ctx, "tokens", &n);
    double *nll = ATTNDYN_NEW(ctx, double, n), *expected = numbers(ctx, name);
    uint32_t *best = ATTNDYN_NEW(ctx, uint32_t, n);
    assert_ok(ctx, stories_double(ctx, s, tokens, n, nll, best));
    near(name, n - 1, nll, expected, 1e-9);
    assert_ok(ctx, stories_single(ctx, s, tokens, n, nll, best));
    near(name, n - 1, nll, expected, 1e-4);
}

/* ------------------------------------------------------------------ caches */

TEST(every_policy_is_the_reference) {
    static const enum attndyn_cache_policy policies[] = {
        ATTNDYN_CACHE_WINDOW, ATTNDYN_CACHE_STREAMING, ATTNDYN_CACHE_H2O,    ATTNDYN_CACHE_RANDOM,
        ATTNDYN_CACHE_LEAST,  ATTNDYN_CACHE_TOVA,      ATTNDYN_CACHE_KEYNORM};
    if (!stories_data()) return;
    struct attndyn_context *ctx = begin();
    for (int p = 0; p < 2; p++) {
        struct attndyn_cache cache = {.policy = policies[_i],
                                      .slots = 24,
                                      .sinks = 4,
                                      .positions = p ? ATTNDYN_CACHE_ORIGINAL : ATTNDYN_CACHE_RANKS,
                                      .seed = 7};
        bool alone = policies[_i] == ATTNDYN_CACHE_TOVA || policies[_i] == ATTNDYN_CACHE_KEYNORM;
        cache.heavy = alone ? 0 : 14;
        struct stories s = {.cache = cache};
        char name[64];
        snprintf(name, sizeof name, "%s.%s.nll", attndyn_cache_policy_name(policies[_i]),
                 p ? "original" : "cache");
        both(ctx, name, &s);
        s.masked = true;
        both(ctx, name, &s);
    }
    attndyn_context_free(ctx);
}

TEST(dense_and_recomputation) {
    if (!stories_data()) return;
    struct attndyn_context *ctx = begin();
    struct stories dense = {.cache.policy = ATTNDYN_CACHE_DENSE};
    struct stories anew = {.cache = {.policy = ATTNDYN_CACHE_RECOMPUTATION, .slots = 24}};
    both(ctx, "dense.original.nll", &dense);
    both(ctx, "recomputation.nll", &anew);
    anew.restart = true;
    both(ctx, "recomputation-bos.nll", &anew);
    attndyn_context_free(ctx);
}

/* Every window is a separate pass. */
TEST(windows_are_their_passes) {
    if (!stories_data()) return;
    struct attndyn_context *ctx = begin();
    size_t n;
    uint32_t *tokens = ids(ctx, "tokens", &n);
    double *nll = ATTNDYN_NEW(ctx, double, n), *pass = ATTNDYN_NEW(ctx, double, n);
    struct stories s = {.window = 30, .stride = 20}, dense = {.window = 0};
    assert_ok(ctx, stories_double(ctx, &s, tokens, n, nll, NULL));
    for (size_t b = 0, done = 0; done < n - 1; b += 20) {
        size_t end = b + 30 < n - 1 ? b + 30 : n - 1;
        assert_ok(ctx, stories_double(ctx, &dense, tokens + b, end - b + 1, pass, NULL));
        near("window", end - done, nll + done, pass + (done - b), 1e-10);
        done = end;
    }
    s.stride = 31;
    ck_assert_int_eq(stories_double(ctx, &s, tokens, n, nll, NULL), ATTNDYN_USAGE);
    ck_assert_ptr_nonnull(strstr(attndyn_message(ctx), "leaves tokens out"));
    attndyn_context_free(ctx);
}

/* ------------------------------------------------------------------ a part of the units */

TEST(sparse_is_the_reference) {
    if (!stories_data()) return;
    struct attndyn_context *ctx = begin();
    size_t n, calibrated;
    uint32_t *tokens = ids(ctx, "tokens", &n), *best = ATTNDYN_NEW(ctx, uint32_t, n);
    double *nll = ATTNDYN_NEW(ctx, double, n);
    const uint32_t *calibration = ids(ctx, "calibration", &calibrated);
    for (int part = 1; part < 4; part++)
        for (int fixed = 0; fixed < 2; fixed++) {
            struct stories s = {.mlp = part & 1,
                                .heads = part & 2,
                                .choice = fixed ? ATTNDYN_SPARSE_STATIC : ATTNDYN_SPARSE_CONTEXTUAL,
                                .share = 0.3,
                                .calibration = calibration,
                                .calibrated = fixed ? calibrated : 0};
            char name[64];
            snprintf(name, sizeof name, "sparse.%s.%s.",
                     part == 1   ? "mlp"
                     : part == 2 ? "heads"
                                 : "both",
                     fixed ? "static" : "contextual");
            both(ctx, attndyn_format(ctx, "%snll", name), &s);
            int64_t *expected = integers(ctx, attndyn_format(ctx, "%sbest", name));
            assert_ok(ctx, stories_single(ctx, &s, tokens, n, nll, best));
            for (size_t t = 0; t + 1 < n; t++) ck_assert_uint_eq(best[t], (uint64_t)expected[t]);
            if (!fixed) assert_near(s.recall, 1, 0);
        }
    struct stories whole = {.mlp = true, .heads = true, .share = 1}, dense = {.share = 0};
    double *all = ATTNDYN_NEW(ctx, double, n);
    assert_ok(ctx, stories_single(ctx, &whole, tokens, n, nll, best));
    assert_ok(ctx, stories_single(ctx, &dense, tokens, n, all, best));
    ck_assert_mem_eq(nll, all, (n - 1) * sizeof *nll);
    attndyn_context_free(ctx);
}

/* A predictor knows more than a choice for all tokens, and less than the weights themselves. */
TEST(predictors_know_something) {
    if (!stories_data()) return;
    struct attndyn_context *ctx = begin();
    struct attndyn_codec *codec;
    struct attndyn_tokens text = {0};
    char *model = attndyn_format(ctx, "%s/stories260K/stories260K.bin", stories_data());
    char *path = attndyn_format(ctx, "%s/texts/tinystories.txt", stories_data());
    size_t n;
    uint32_t *tokens = ids(ctx, "tokens", &n);
    double *nll = ATTNDYN_NEW(ctx, double, n), mean[4], recall[4];
    assert_ok(ctx, attndyn_codec_open_beside(ctx, model, &codec));
    assert_ok(ctx, attndyn_codec_read(ctx, codec, path, ATTNDYN_BOS_TRUE, &text));
    static const enum attndyn_sparse_choice choices[] = {
        ATTNDYN_SPARSE_STATIC, ATTNDYN_SPARSE_PREDICTOR, ATTNDYN_SPARSE_PREDICTOR_AHEAD,
        ATTNDYN_SPARSE_RANDOM};
    for (int i = 0; i < 4; i++) {
        struct stories s = {.mlp = true,
                            .choice = (int)choices[i],
                            .share = 0.3,
                            .rank = 16,
                            .calibration = text.id + 20000,
                            .calibrated = 1500};
        assert_ok(ctx, stories_single(ctx, &s, tokens, n, nll, NULL));
        mean[i] = 0;
        for (size_t t = 0; t + 1 < n; t++) mean[i] += nll[t] / (double)(n - 1);
        recall[i] = s.recall;
    }
    ck_assert_msg(recall[1] > recall[0] + 0.05 && recall[2] > recall[0] && recall[0] > recall[3],
                  "recall: static %g, predictor %g, ahead %g, random %g", recall[0], recall[1],
                  recall[2], recall[3]);
    ck_assert_msg(mean[1] < mean[0] && mean[2] < mean[0], "nll: static %g, predictor %g, ahead %g",
                  mean[0], mean[1], mean[2]);
    assert_near(recall[3], 0.3, 0.01);
    attndyn_context_free(ctx);
}

/* ------------------------------------------------------------------ multiple choice */

static void append(struct attndyn_context *ctx, const struct attndyn_codec *codec,
                   const struct attndyn_task_choice *c, bool whole, struct attndyn_tokens *to) {
    char *text = attndyn_format(ctx, "%s%s%s", c->context.bytes, whole ? " " : "",
                                whole ? c->continuation.bytes : "");
    assert_ok(ctx, attndyn_codec_encode(ctx, codec, text, strlen(text), ATTNDYN_BOS_TRUE, to));
}

TEST(continuations_are_the_reference) {
    static const char *const names[] = {"arc_easy", "winogrande", "lambada_openai", "hellaswag"};
    if (!stories_data()) return;
    struct attndyn_context *ctx = begin();
    struct attndyn_codec *codec;
    struct attndyn_model *model;
    struct attndyn_inference *inference;
    struct attndyn_task *tasks;
    size_t count;
    char *path = attndyn_format(ctx, "%s/stories260K/stories260K.bin", stories_data());
    assert_ok(ctx, attndyn_model_open(ctx, path, &model));
    assert_ok(ctx, attndyn_codec_open_beside(ctx, path, &codec));
    const struct attndyn_inference_options options = {.streams = 4};
    assert_ok(ctx, attndyn_inference_create(ctx, &model->weights, &options, &inference));
    char prefix[64];
    snprintf(prefix, sizeof prefix, "zero-shot.%s.", names[_i]);
    const double *expected = numbers(ctx, attndyn_format(ctx, "%slog_likelihood", prefix));
    const int64_t *item = integers(ctx, attndyn_format(ctx, "%sitem", prefix)),
                  *greedy = integers(ctx, attndyn_format(ctx, "%sgreedy", prefix)),
                  *gold = integers(ctx, attndyn_format(ctx, "%sgold", prefix)),
                  *characters = integers(ctx, attndyn_format(ctx, "%scharacters", prefix));
    size_t rows = attndyn_tensor_count(held(attndyn_format(ctx, "%sitem", prefix))), row = 0;
    assert_ok(ctx, attndyn_tasks_read(
                       ctx, attndyn_format(ctx, "%s/evals/%s.jsonl", stories_data(), names[_i]),
                       (size_t)item[rows - 1] + 1, &tasks, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(tasks->name, names[_i]);
    for (size_t i = 0; i < tasks->items; i++) {
        const struct attndyn_task_item *x = &tasks->item[i];
        struct attndyn_continuation c[4];
        for (size_t k = 0; k < x->choices; k++) {
            struct attndyn_tokens alone = {0}, whole = {0};
            append(ctx, codec, &x->choice[k], false, &alone);
            append(ctx, codec, &x->choice[k], true, &whole);
            size_t from = 0;
            while (from < alone.length && from < whole.length && alone.id[from] == whole.id[from])
                from++;
            c[k] = (struct attndyn_continuation){whole.id, whole.length, from, 0, false, 0};
        }
        struct attndyn_continuations group = {c, x->choices};
        assert_ok(ctx, attndyn_continuations_score(ctx, inference, &group, 1));
        for (size_t k = 0; k < x->choices; k++, row++) {
            assert_near(c[k].log_likelihood, expected[row], 1e-3);
            ck_assert_int_eq(c[k].greedy, greedy[row]);
            ck_assert_uint_eq(x->choice[k].characters, (size_t)characters[row]);
            ck_assert_uint_eq(x->gold, (size_t)gold[row]);
        }
    }
    ck_assert_uint_eq(row, rows);
    attndyn_context_free(ctx);
}

/* ------------------------------------------------------------------ text */

struct writing {
    struct attndyn_sampler *sampler;
    uint32_t next;
};
static enum attndyn_status draw(void *user, size_t segment, size_t index, const float *logits) {
    struct writing *w = user;
    (void)segment, (void)index;
    w->next = attndyn_sample(w->sampler, logits);
    return ATTNDYN_OK;
}

TEST(greedy_text_is_llama2cs) {
    static const char text[] = "Once upon a time, there was a little girl named Lily. She loved to "
                               "play outside in the park. ";
    if (!stories_data()) return;
    struct attndyn_context *ctx = begin();
    struct attndyn_codec *codec;
    struct attndyn_model *model;
    struct attndyn_inference *inference;
    struct attndyn_sampler sampler;
    size_t count, length;
    const uint32_t *expected = ids(ctx, "greedy", &count);
    uint32_t *written = ATTNDYN_NEW(ctx, uint32_t, count);
    char *path = attndyn_format(ctx, "%s/stories260K/stories260K.bin", stories_data()), *out;
    assert_ok(ctx, attndyn_model_open(ctx, path, &model));
    assert_ok(ctx, attndyn_codec_open_beside(ctx, path, &codec));
    const struct attndyn_inference_options options = {.bytes = _i == 1};
    assert_ok(ctx, attndyn_inference_create(ctx, &model->weights, &options, &inference));
    assert_ok(ctx, attndyn_sampler_create(ctx, model->weights.config.outputs, 0, 1, 1, &sampler));
    struct writing w = {&sampler, 1};
    for (size_t i = 0; i < count; i++) {
        uint32_t token = w.next;
        const struct attndyn_segment segment = {0, &token, 1, 0};
        assert_ok(ctx, attndyn_inference_feed(ctx, inference, &segment, 1, draw, &w));
        written[i] = w.next;
        if (_i == 0) ck_assert_uint_eq(w.next, expected[i]);
    }
    assert_ok(ctx, attndyn_codec_decode(ctx, codec, written, count, false, &out, &length));
    while (*out == ' ') out++;
    ck_assert_msg(strncmp(out, text, sizeof text - 1) == 0, "it writes: %s", out);
    attndyn_context_free(ctx);
}

TCASE(stories) {
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_policy_is_the_reference, 0, 7);
    tcase_add_tests(tcase, dense_and_recomputation, windows_are_their_passes,
                    sparse_is_the_reference, predictors_know_something);
    tcase_add_loop_test(tcase, continuations_are_the_reference, 0, 4);
    tcase_add_loop_test(tcase, greedy_text_is_llama2cs, 0, 2);
}
