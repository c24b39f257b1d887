#include "subject.h"

#include "learner.h"
#include "sim/base/file.h"
#include "sim/base/random.h"
#include "sim/data/grammar.h"
#include "sim/data/text_batches.h"
#include "sim/model/inference/inference.h"

#include <string.h>
#include <sys/stat.h>

#define SETTINGS(X) SUBJECT_NETWORK(X)
PARAMS(network_settings, SETTINGS)
#define TEXT_SETTINGS(X) SUBJECT_TEXT(X)
PARAMS(text_settings, TEXT_SETTINGS)

/* ------------------------------------------------------------------ the small network */

enum { PARAGRAPHS = 3000, WORDS = 6, UPDATES = 300, SEQUENCES = 8 };
enum { TEXT_SEED = 1, EVALUATION_SEED = 2, OTHER_SEED = 3 };

static enum attndyn_status generated_text(struct attndyn_context *ctx,
                                          const struct attndyn_codec *codec, size_t paragraphs,
                                          uint64_t seed, struct attndyn_tokens *tokens) {
    char *text;
    size_t length;
    ATTNDYN_TRY(attndyn_grammar_generate(ctx, paragraphs, WORDS, 0.4, seed, &text, &length));
    return attndyn_codec_encode(ctx, codec, text, length, ATTNDYN_BOS_FALSE, tokens);
}

/* A LLaMA of two layers on bytes, after a few updates: enough to spell the generated words. */
static enum attndyn_status train(const struct trial *run, const struct attndyn_codec *codec,
                                 const struct attndyn_weights **weights) {
    struct attndyn_context *ctx = run->ctx;
    struct attndyn_transformer_config c;
    struct attndyn_text_batches batches;
    struct attndyn_tokens tokens = {0};
    struct learner learner = {.lr = 1e-2, .rate = "the rate"};
    uint64_t state = attndyn_random_derive(1, "small network", 0);
    const struct attndyn_optimizer_options options = {.kind = ATTNDYN_OPTIMIZER_ADAMW,
                                                      .beta1 = 0.9,
                                                      .beta2 = 0.95,
                                                      .epsilon = 1e-8,
                                                      .decay = 0.1,
                                                      .clip = 1};
    attndyn_threads_allow(ctx, 1); /* too small to share: on a busy machine threads cost more */
    ATTNDYN_TRY(generated_text(ctx, codec, PARAGRAPHS, TEXT_SEED, &tokens));
    ATTNDYN_TRY(attndyn_text_batches_create(ctx, &tokens, 256, SEQUENCES, SUBJECT_CONTEXT,
                                            "the generated text", &batches));
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "llama", &c));
    c.vocabulary = 256, c.context = SUBJECT_CONTEXT, c.layers = 2, c.width = 32, c.heads = 4;
    c.kv_heads = 2, c.hidden = 64;
    ATTNDYN_TRY(attndyn_transformer_create(ctx, &c, SEQUENCES, SUBJECT_CONTEXT, &learner.model));
    ATTNDYN_TRY(attndyn_transformer_initialise(ctx, learner.model, 1));
    ATTNDYN_TRY(learner_optimise(ctx, &learner, &options));
    for (int i = 0; i < UPDATES; i++) {
        struct attndyn_batch batch = attndyn_text_batches_window(&batches, &state);
        learner.lr = 1e-2 * fmin(1, (i + 1) / 20.0) * (1 - 0.9 * i / UPDATES);
        ATTNDYN_TRY(learner_update(ctx, &learner, &batch));
        attndyn_progress(ctx, "updates of the small network", i + 1, UPDATES);
    }
    *weights = attndyn_transformer_weights(learner.model);
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ opening */

enum attndyn_status subject_open(const struct trial *run, bool codec_needed,
                                 struct subject *subject) {
    struct attndyn_context *ctx = run->ctx;
    const struct network_settings p = network_settings_read(run->params);
    struct attndyn_codec *codec = NULL;
    *subject = (struct subject){0};
    if (!*p.model) {
        const char *where = *p.tokenizer ? p.tokenizer : "byte";
        ATTNDYN_TRY(attndyn_codec_open(ctx, where, &codec));
        if (attndyn_codec_size(codec) != 256)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "tokenizer=%s: the small network reads bytes; name a network by "
                                "model=PATH",
                                where);
        subject->codec = codec;
        return train(run, codec, &subject->weights);
    }
    struct attndyn_model *model;
    ATTNDYN_TRY(attndyn_model_open(ctx, p.model, &model));
    subject->model = model;
    subject->weights = &model->weights;
    enum attndyn_status status = *p.tokenizer ? attndyn_codec_open(ctx, p.tokenizer, &codec)
                                              : attndyn_codec_open_beside(ctx, p.model, &codec);
    if (status == ATTNDYN_NO_INPUT && !codec_needed && !*p.tokenizer) {
        attndyn_message_clear(ctx);
        return ATTNDYN_OK;
    }
    subject->codec = codec;
    return status;
}

/* ------------------------------------------------------------------ texts */

static enum attndyn_status read_text(const struct trial *run, const struct subject *subject,
                                     const struct text_settings *p, bool ids, const char *path,
                                     struct attndyn_tokens *tokens) {
    if (ids)
        ATTNDYN_TRY(attndyn_ids_read(run->ctx, path, tokens));
    else
        ATTNDYN_TRY(attndyn_codec_read(run->ctx, subject->codec, path, p->bos, tokens));
    if (p->limit && tokens->length > (size_t)p->limit) tokens->length = (size_t)p->limit;
    return ATTNDYN_OK;
}

static enum attndyn_status generate(const struct trial *run, const struct subject *subject,
                                    const struct text_settings *p, uint64_t seed, size_t bytes,
                                    struct attndyn_tokens *tokens) {
    size_t wanted = p->limit ? (size_t)p->limit : bytes;
    ATTNDYN_TRY(generated_text(run->ctx, subject->codec, wanted / 20 + 2, seed, tokens));
    if (tokens->length > wanted) tokens->length = wanted;
    return ATTNDYN_OK;
}

enum attndyn_status subject_text(const struct trial *run, const struct subject *subject,
                                 size_t generated, struct attndyn_tokens *tokens) {
    const struct text_settings p = text_settings_read(run->params);
    *tokens = (struct attndyn_tokens){0};
    if (*p.text && *p.ids)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "text=%s and ids=%s: expected one of them, a text or its tokens",
                            p.text, p.ids);
    if (*p.text || *p.ids)
        return read_text(run, subject, &p, *p.ids, *p.ids ? p.ids : p.text, tokens);
    if (subject->model)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "a network was named and no text: name one by text=FILE or ids=FILE");
    return generate(run, subject, &p, EVALUATION_SEED, generated, tokens);
}

enum attndyn_status subject_other_text(const struct trial *run, const struct subject *subject,
                                       const char *path, size_t generated,
                                       struct attndyn_tokens *tokens) {
    const struct text_settings p = text_settings_read(run->params);
    *tokens = (struct attndyn_tokens){0};
    if (*path) return read_text(run, subject, &p, *p.ids, path, tokens);
    return generate(run, subject, &p, OTHER_SEED, generated, tokens);
}

/* ------------------------------------------------------------------ what it is */

enum attndyn_status subject_note(const struct trial *run, const struct subject *subject,
                                 const struct attndyn_cache *cache, size_t streams, size_t tokens) {
    const struct attndyn_weights *w = subject->weights;
    struct attndyn_inference *inference;
    size_t numbers, cached, scratch, own, bytes = attndyn_weights_bytes(w, &numbers);
    struct attndyn_cache kept = *cache;
    if (kept.policy == ATTNDYN_CACHE_RECOMPUTATION)
        kept = (struct attndyn_cache){.policy = ATTNDYN_CACHE_DENSE},
        streams = 1 + 512 / cache->slots, tokens = cache->slots;
    uint64_t mark = attndyn_memory_mark(run->ctx);
    const struct attndyn_inference_options options = {
        .streams = streams, .capacity = tokens ? tokens : 1, .cache = kept};
    enum attndyn_status status = attndyn_inference_create(run->ctx, w, &options, &inference);
    if (status == ATTNDYN_OK) attndyn_inference_memory(inference, &cached, &scratch, &own);
    attndyn_memory_release(run->ctx, mark);
    ATTNDYN_TRY(status);
    const char *network = subject->model
                              ? attndyn_model_describe(run->ctx, subject->model)
                              : attndyn_format(run->ctx, "a small LLaMA of %zu weights, %.4g MB",
                                               numbers, (double)bytes / 1e6);
    if (!network) return ATTNDYN_NO_MEMORY;
    ATTNDYN_TRY(NOTE(run, "%s; tokenizer: %s", network,
                     subject->codec ? attndyn_codec_describe(subject->codec) : "none"));
    return NOTE(run, "memory beside the weights: %.4g MB of cache, %.4g MB of scratch",
                (double)cached / 1e6, (double)scratch / 1e6);
}
