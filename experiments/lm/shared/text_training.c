#include "text_training.h"

#include "sim/base/hash.h"

#include <string.h>

/* Says whether a text is the one that was trained on. */
static uint64_t fingerprint(const struct text_model *t) {
    uint64_t hash = attndyn_hash_start;
    for (int split = ATTNDYN_TRAIN; split <= ATTNDYN_VALID; split++) {
        const struct attndyn_tokens *tokens = &t->data.tokens[split];
        for (size_t i = 0; i < tokens->length; i++) hash = attndyn_hash_word(hash, tokens->id[i]);
    }
    return hash;
}

enum attndyn_status text_training_name(struct attndyn_context *ctx, struct text_model *t,
                                       const struct attndyn_checkpoint_array *arrays,
                                       size_t n_arrays, struct training *training) {
    const struct attndyn_checkpoint_counter counters[] = {{"minibatches", &t->step},
                                                          {"losses_summed", &t->loss_count}};
    const struct attndyn_checkpoint_array own[] = {
        {"loss", &t->loss, 1}, {"norm", &t->norm, 1}, {"loss_sum", &t->loss_sum, 1}};
    struct attndyn_checkpoint_array *all;
    ATTNDYN_ALLOC(ctx, all, n_arrays + 3);
    memcpy(all, own, sizeof own);
    for (size_t i = 0; i < n_arrays; i++) all[i + 3] = arrays[i];
    training->model = t->model;
    training->optimizer = t->optimizer;
    training->data = fingerprint(t);
    training->step = &t->step;
    training->steps = t->minibatches;
    training->what = "tokens";
    training->each = (double)(t->train.columns * t->train.length);
    memcpy(training->counters, counters, sizeof counters);
    training->n_counters = 2;
    training->arrays = all;
    training->n_arrays = n_arrays + 3;
    return ATTNDYN_OK;
}

enum attndyn_status text_training_prepare(struct attndyn_context *ctx, const struct params *p,
                                          struct results *results,
                                          const struct attndyn_optimizer_options *options,
                                          struct text_model *t, bool *skipped) {
    const struct attndyn_optimizer_options adam = {.kind = ATTNDYN_OPTIMIZER_ADAM,
                                                   .clip = param_real(p, "clip")};
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(text_model_data(ctx, p, results, t, skipped));
    if (*skipped) return ATTNDYN_OK;
    ATTNDYN_TRY(text_model_config(ctx, p, t, &config));
    ATTNDYN_TRY(text_model_network(ctx, p, t, &config));
    return text_model_optimizer(ctx, t, options ? options : &adam);
}

static enum attndyn_status to_the_end(struct attndyn_context *ctx, const struct params *p,
                                      const struct text_training *text, struct training *training) {
    struct text_model *t = text->t;
    ATTNDYN_TRY(training_take(ctx, training));
    for (;;) {
        ATTNDYN_TRY(text->look(ctx, p, t, text->results, text->with));
        if (t->step == t->minibatches) return ATTNDYN_OK;
        enum attndyn_status status = text_model_step(ctx, t);
        ATTNDYN_TRY(training_stepped(ctx, training, status));
    }
}

enum attndyn_status text_training_run(struct attndyn_context *ctx, const struct params *p,
                                      const struct text_training *text) {
    struct training training = {.results = text->results};
    ATTNDYN_TRY(text_training_name(ctx, text->t, text->arrays, text->n_arrays, &training));
    ATTNDYN_TRY(training_open(ctx, &training));
    return training_end(ctx, &training, to_the_end(ctx, p, text, &training));
}
