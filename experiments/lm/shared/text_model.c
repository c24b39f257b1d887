#include "text_model.h"

#include <math.h>
#include <string.h>

static enum attndyn_tokenizer_kind tokenizer_of(const struct params *p) {
    return (enum attndyn_tokenizer_kind)param_choice(p, "tokenizer");
}

enum attndyn_status text_model_data(struct attndyn_context *ctx, const struct params *p,
                                    struct results *results, struct text_model *t, bool *skipped) {
    const char *folder = param_text(p, "data");
    memset(t, 0, sizeof *t);
    *skipped = false;
    t->real_text = *folder != '\0';
    if (t->real_text) {
        ATTNDYN_TRY(attndyn_text_dataset_read(ctx, folder, tokenizer_of(p),
                                              (size_t)param_int(p, "vocabulary"), &t->data));
    } else if (param_bool(p, "need_data")) {
        *skipped = true;
        return results_skip(ctx, results,
                            "stated for a real text: name its folder with data=DIR "
                            "(WikiText-2's train.txt, valid.txt, test.txt)");
    } else {
        ATTNDYN_TRY(attndyn_text_dataset_generate(ctx, (size_t)param_int(p, "paragraphs"),
                                                  (size_t)param_int(p, "words"), 0.4, 1, &t->data));
    }
    t->vocabulary = attndyn_tokenizer_size(&t->data.tokenizer);
    size_t length = (size_t)param_int(p, "length");
    ATTNDYN_TRY(attndyn_text_batches_create(ctx, &t->data.tokens[ATTNDYN_TRAIN], t->vocabulary,
                                            (size_t)param_int(p, "columns"), length,
                                            t->data.origin[ATTNDYN_TRAIN], &t->train));
    return attndyn_text_batches_create(ctx, &t->data.tokens[ATTNDYN_VALID], t->vocabulary,
                                       (size_t)param_int(p, "valid_columns"), length,
                                       t->data.origin[ATTNDYN_VALID], &t->valid);
}

enum attndyn_status text_model_config(struct attndyn_context *ctx, const struct params *p,
                                      const struct text_model *t,
                                      struct attndyn_transformer_config *config) {
    ATTNDYN_TRY(attndyn_transformer_preset(ctx, "wlm", config));
    config->vocabulary = t->vocabulary;
    config->layers = (size_t)param_int(p, "layers");
    config->width = (size_t)param_int(p, "width");
    config->hidden = (size_t)param_int(p, "hidden");
    config->heads = (size_t)param_int(p, "heads");
    config->context = (size_t)param_int(p, "length");
    config->layers_alike = param_bool(p, "layers_alike");
    config->dropout_embedding = config->dropout_attention = config->dropout_residual =
        config->dropout_hidden = param_real(p, "dropout");
    return ATTNDYN_OK;
}

enum attndyn_status text_model_network(struct attndyn_context *ctx, const struct params *p,
                                       struct text_model *t,
                                       const struct attndyn_transformer_config *config) {
    size_t columns = t->train.columns > t->valid.columns ? t->train.columns : t->valid.columns;
    t->layers = config->layers;
    t->minibatches = (size_t)param_int(p, "minibatches");
    t->lr = param_real(p, "lr");
    t->restart = true;
    ATTNDYN_TRY(attndyn_transformer_create(ctx, config, columns, t->train.length, &t->model));
    return attndyn_transformer_initialise(ctx, t->model, (uint64_t)param_int(p, "seed"));
}

enum attndyn_status text_model_optimizer(struct attndyn_context *ctx, struct text_model *t,
                                         const struct attndyn_optimizer_options *options) {
    size_t count;
    struct attndyn_parameter *parameters = attndyn_transformer_parameters(t->model, &count);
    return attndyn_optimizer_create(ctx, options, parameters, count, &t->optimizer);
}

enum attndyn_status text_model_step(struct attndyn_context *ctx, struct text_model *t) {
    size_t i = (size_t)(t->step % t->train.count);
    if (i == 0 && t->restart) attndyn_optimizer_reset(t->optimizer);
    struct attndyn_batch batch = attndyn_text_batches_column(&t->train, i);
    return text_model_step_on(ctx, t, &batch);
}

enum attndyn_status text_model_step_on(struct attndyn_context *ctx, struct text_model *t,
                                       const struct attndyn_batch *batch) {
    t->loss = attndyn_transformer_gradient(t->model, batch, t->step);
    if (!isfinite(t->loss))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "the loss is not finite at minibatch %llu: lower lr",
                            (unsigned long long)t->step);
    t->norm = attndyn_optimizer_step(t->optimizer, t->lr);
    if (!isfinite(t->norm))
        return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                            "the gradient is not finite at minibatch %llu: lower lr",
                            (unsigned long long)t->step);
    t->step++;
    t->loss_sum += t->loss;
    t->loss_count++;
    return attndyn_check_interrupt(ctx);
}

double text_model_mean_loss(struct text_model *t) {
    double mean = t->loss_count ? t->loss_sum / (double)t->loss_count : NAN;
    t->loss_sum = 0;
    t->loss_count = 0;
    return mean;
}

enum attndyn_status text_model_valid_loss(struct attndyn_context *ctx, struct text_model *t,
                                          double *loss) {
    double sum = 0;
    for (size_t i = 0; i < t->valid.count; i++) {
        struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, i);
        sum += (double)batch.length * attndyn_transformer_loss(t->model, &batch);
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    *loss = sum / (double)(t->valid.rows - 1);
    return ATTNDYN_OK;
}

enum attndyn_status text_model_unigram_loss(struct attndyn_context *ctx, const struct text_model *t,
                                            double *loss) {
    const struct attndyn_tokens *train = &t->data.tokens[ATTNDYN_TRAIN];
    const struct attndyn_tokens *valid = &t->data.tokens[ATTNDYN_VALID];
    double *count, sum = 0, total = (double)(train->length + t->vocabulary);
    ATTNDYN_ALLOC(ctx, count, t->vocabulary);
    for (size_t i = 0; i < train->length; i++) count[train->id[i]]++;
    for (size_t i = 0; i < valid->length; i++) sum -= log((count[valid->id[i]] + 1) / total);
    attndyn_free(ctx, count);
    *loss = sum / (double)valid->length;
    return ATTNDYN_OK;
}

double text_model_entropy(const struct text_model *t, size_t layer, size_t from, size_t to,
                          size_t length) {
    size_t stride, heads = attndyn_transformer_config_of(t->model)->heads;
    const attndyn_real *a =
        attndyn_transformer_view(t->model, ATTNDYN_VIEW_ATTENTION, layer, &stride);
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
        struct attndyn_batch batch = attndyn_text_batches_column(&t->valid, i);
        batch.targets = NULL;
        attndyn_transformer_loss(t->model, &batch);
        for (size_t l = 0; l < t->layers; l++)
            entropy[l] += text_model_entropy(t, l, 0, batch.sequences, batch.length);
        ATTNDYN_TRY(attndyn_check_interrupt(ctx));
    }
    for (size_t l = 0; l < t->layers; l++) entropy[l] /= (double)windows;
    return ATTNDYN_OK;
}

enum attndyn_status text_model_window(struct attndyn_context *ctx, const struct params *p,
                                      const struct text_model *t, const char *split, size_t count,
                                      size_t *window) {
    *window = (size_t)param_int(p, "window");
    if (*window < count) return ATTNDYN_OK;
    if (count == 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "the %s text is shorter than one window", split);
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "window=%zu: the %s text has %zu windows; take window=0 ... %zu%s", *window,
                        split, count, count - 1,
                        t->real_text ? ""
                                     : ", or a longer text (paragraphs=N, data=DIR); --preset "
                                       "quick is made for the generated one");
}

enum attndyn_status looks_create(struct attndyn_context *ctx, const struct params *p,
                                 const char *name, struct looks *looks) {
    double before = -1;
    looks->next = 0;
    looks->at = param_reals(p, name, &looks->count);
    for (size_t i = 0; i < looks->count; i++) {
        double at = looks->at[i];
        if (at != floor(at) || at <= before || at > (double)param_int(p, "minibatches"))
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "%s: %g, expected whole numbers, ascending, at most minibatches "
                                "(%ld)",
                                name, at, param_int(p, "minibatches"));
        before = at;
    }
    return ATTNDYN_OK;
}

enum attndyn_status looks_create_from_start(struct attndyn_context *ctx, const struct params *p,
                                            const char *name, struct looks *looks) {
    ATTNDYN_TRY(looks_create(ctx, p, name, looks));
    if (looks->count < 2 || looks->at[0] != 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE, "%s: expected 0 and at least one later minibatch",
                            name);
    return ATTNDYN_OK;
}

bool looks_due(struct looks *looks, uint64_t step) {
    while (looks->next < looks->count && looks->at[looks->next] < (double)step) looks->next++;
    bool due = looks->next < looks->count && (double)step == looks->at[looks->next];
    looks->next += due;
    return due;
}
