#include "text_model.h"

#include "experiments/frame/contract/plural.h"

#include <string.h>

bool text_model_builtin(const char *name, enum attndyn_tokenizer_kind *kind) {
    static const char names[] = ATTNDYN_TOKENIZERS;
    const char *at = names;
    for (int k = 0; *at; k++) {
        size_t length = strcspn(at, "|");
        if (strlen(name) == length && strncmp(name, at, length) == 0) {
            if (kind) *kind = (enum attndyn_tokenizer_kind)k;
            return true;
        }
        at += length + (at[length] == '|');
    }
    return false;
}

/* By a published tokenizer: the splits are cut as bytes, then encoded. */
static enum attndyn_status encode_splits(struct attndyn_context *ctx, struct text_model *t) {
    for (int split = 0; split < ATTNDYN_SPLITS; split++) {
        struct attndyn_tokens *tokens = &t->data.tokens[split], ids = {0};
        char *bytes;
        ATTNDYN_ALLOC(ctx, bytes, tokens->length + 1);
        for (size_t i = 0; i < tokens->length; i++) bytes[i] = (char)(unsigned char)tokens->id[i];
        ATTNDYN_TRY(
            attndyn_codec_encode(ctx, t->codec, bytes, tokens->length, ATTNDYN_BOS_FALSE, &ids));
        attndyn_free(ctx, bytes);
        attndyn_free(ctx, tokens->id);
        *tokens = ids;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status read_text(struct attndyn_context *ctx, struct text_model *t) {
    enum attndyn_tokenizer_kind kind = ATTNDYN_TOKENIZER_BYTE;
    bool builtin = text_model_builtin(t->p.tokenizer, &kind);
    if (!builtin) {
        enum attndyn_status status = attndyn_codec_open(ctx, t->p.tokenizer, &t->codec);
        if (status)
            return attndyn_fail_while(
                ctx, status, "tokenizer=%s is none of " ATTNDYN_TOKENIZERS ", nor a published one",
                t->p.tokenizer);
        if (t->p.vocabulary > 0)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "vocabulary=%ld: a published tokenizer cannot be cut: leave it 0",
                                t->p.vocabulary);
    }
    ATTNDYN_TRY(attndyn_text_dataset_read(ctx, t->p.text, kind, (size_t)t->p.vocabulary, &t->data));
    return builtin ? ATTNDYN_OK : encode_splits(ctx, t);
}

const char *text_model_token(struct attndyn_context *ctx, const struct text_model *t, uint32_t id) {
    if (t->codec)
        return id < attndyn_codec_size(t->codec) ? attndyn_codec_name(ctx, t->codec, id) : "";
    if (id < attndyn_tokenizer_size(&t->data.tokenizer))
        return attndyn_tokenizer_name(&t->data.tokenizer, id);
    return attndyn_format(ctx, "%u", id);
}

enum attndyn_status text_model_encode(struct attndyn_context *ctx, struct text_model *t,
                                      const char *text, const char *origin,
                                      struct attndyn_tokens *tokens) {
    if (t->codec)
        return attndyn_codec_encode(ctx, t->codec, text, strlen(text), ATTNDYN_BOS_FALSE, tokens);
    if (attndyn_tokenizer_size(&t->data.tokenizer) == 0) return ATTNDYN_OK; /* ids alone */
    return attndyn_tokenizer_encode(ctx, &t->data.tokenizer, text, strlen(text), origin, tokens);
}

enum attndyn_status text_model_data(const struct trial *run, struct text_model *t, bool *skipped) {
    struct attndyn_context *ctx = run->ctx;
    *t = (struct text_model){.p = text_settings_read(run->params)};
    const struct text_settings *p = &t->p;
    *skipped = false;
    t->real_text = *p->text != '\0';
    if (t->real_text) {
        ATTNDYN_TRY(read_text(ctx, t));
    } else if (p->need_text) {
        *skipped = true;
        return results_skip(ctx, run->results,
                            "stated for a real text: name it with text=PATH (a folder with "
                            "WikiText-2's train.txt, valid.txt, test.txt)");
    } else {
        ATTNDYN_TRY(attndyn_text_dataset_generate(ctx, (size_t)p->paragraphs, (size_t)p->words, 0.4,
                                                  1, &t->data));
    }
    t->vocabulary =
        t->codec ? attndyn_codec_size(t->codec) : attndyn_tokenizer_size(&t->data.tokenizer);
    ATTNDYN_TRY(attndyn_text_batches_create(ctx, &t->data.tokens[ATTNDYN_TRAIN], t->vocabulary,
                                            (size_t)p->columns, (size_t)p->length,
                                            t->data.origin[ATTNDYN_TRAIN], &t->train));
    return attndyn_text_batches_create(ctx, &t->data.tokens[ATTNDYN_VALID], t->vocabulary,
                                       (size_t)p->valid_columns, (size_t)p->length,
                                       t->data.origin[ATTNDYN_VALID], &t->valid);
}

enum attndyn_status text_model_config(struct attndyn_context *ctx, const struct text_model *t,
                                      struct attndyn_transformer_config *config) {
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "wlm", config));
    config->vocabulary = t->vocabulary;
    config->layers = (size_t)t->p.layers;
    config->width = (size_t)t->p.width;
    config->hidden = (size_t)t->p.hidden;
    config->heads = (size_t)t->p.heads;
    config->context = (size_t)t->p.length;
    config->layers_alike = t->p.layers_alike;
    config->dropout_embedding = config->dropout_attention = config->dropout_residual =
        config->dropout_hidden = t->p.dropout;
    return ATTNDYN_OK;
}

enum attndyn_status text_model_network(struct attndyn_context *ctx, struct text_model *t,
                                       const struct attndyn_transformer_config *config) {
    size_t columns = t->train.columns > t->valid.columns ? t->train.columns : t->valid.columns;
    t->layers = config->layers;
    t->learner = (struct learner){.lr = t->p.lr, .rate = "lr"};
    t->restart = true;
    ATTNDYN_TRY(attndyn_transformer_create_thrifty(ctx, config, &t->thrift, columns,
                                                   t->train.length, &t->learner.model));
    return attndyn_transformer_initialise(ctx, t->learner.model, (uint64_t)t->p.seed);
}

struct attndyn_batch text_model_batch(struct text_model *t) {
    size_t i = (size_t)(t->learner.step % t->train.count);
    if (i == 0 && t->restart) attndyn_optimizer_reset(t->learner.optimizer);
    return attndyn_text_batches_column(&t->train, i);
}

enum attndyn_status text_model_valid_loss(struct attndyn_context *ctx, struct text_model *t,
                                          double *loss) {
    double sum = 0;
    for (size_t i = 0; i < t->valid.count; i++) {
        struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, i);
        sum += (double)batch.length * attndyn_transformer_loss(t->learner.model, &batch);
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    *loss = sum / (double)(t->valid.rows - 1);
    return ATTNDYN_OK;
}

void text_model_see(struct text_model *t, size_t i, struct attndyn_batch *batch) {
    *batch = attndyn_text_batches_column(&t->valid, i);
    batch->targets = NULL;
    attndyn_transformer_loss(t->learner.model, batch);
}

double text_model_entropy(const struct text_model *t, size_t layer, size_t from, size_t to,
                          size_t length) {
    size_t stride, heads = attndyn_transformer_config_of(t->learner.model)->heads;
    const attndyn_real *a =
        attndyn_transformer_view(t->learner.model, ATTNDYN_VIEW_ATTENTION, layer, &stride);
    double sum = 0;
    size_t rows = (to - from) * heads * length;
    a += from * heads * length * stride;
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < length; j++) {
            double w = (double)a[r * stride + j];
            if (w > 0) sum -= w * log(w + 1e-8);
        }
    return sum / (double)rows;
}

enum attndyn_status text_model_valid_entropy(struct attndyn_context *ctx, struct text_model *t,
                                             size_t every, double *entropy) {
    size_t windows = 0;
    for (size_t l = 0; l < t->layers; l++) entropy[l] = 0;
    for (size_t i = 0; i < t->valid.count; i += every, windows++) {
        struct attndyn_batch batch;
        text_model_see(t, i, &batch);
        for (size_t l = 0; l < t->layers; l++)
            entropy[l] += text_model_entropy(t, l, 0, batch.sequences, batch.length);
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    for (size_t l = 0; l < t->layers; l++) entropy[l] /= (double)windows;
    return ATTNDYN_OK;
}

enum attndyn_status text_model_window(struct attndyn_context *ctx, const struct text_model *t,
                                      const char *split, long window, size_t count) {
    if ((size_t)window < count) return ATTNDYN_OK;
    if (count == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "the %s text is shorter than one window", split);
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "window=%ld: the %s text has %zu window%s; take window=0%s%.0zu%s", window,
                        split, count, PLURAL(count), count == 1 ? "" : " ... ", count - 1,
                        t->real_text ? ""
                                     : ", or a longer text (paragraphs=N, text=PATH); --preset "
                                       "quick is made for the generated one");
}
