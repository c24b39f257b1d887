#include "text_training.h"

#include "sim/base/hash.h"

/* Says whether a text is the one that was trained on. */
static uint64_t fingerprint(const struct text_model *t) {
    uint64_t hash = attndyn_hash_start;
    for (int split = ATTNDYN_TRAIN; split <= ATTNDYN_VALID; split++) {
        const struct attndyn_tokens *tokens = &t->data.tokens[split];
        for (size_t i = 0; i < tokens->length; i++) hash = attndyn_hash_word(hash, tokens->id[i]);
    }
    return hash;
}

static struct attndyn_batch next_columns(struct training *training) {
    return text_model_batch(training->source);
}

void text_training_describe(struct text_model *t, struct training *training) {
    training->steps = (uint64_t)t->p.minibatches;
    training->what = "tokens";
    training->each = (double)(t->train.columns * t->train.length);
    training->data = fingerprint(t);
    training->source = t;
    training->batch = next_columns;
    training->learner = &t->learner;
}

enum attndyn_status text_training_optimise(const struct trial *run,
                                           const struct attndyn_optimizer_group *group,
                                           struct text_model *t) {
    return descent_optimise(run, t->p.clip, group, (uint64_t)t->p.seed, &t->learner);
}

enum attndyn_status text_training_prepare(const struct trial *run,
                                          const struct attndyn_optimizer_group *group,
                                          struct text_model *t, bool *skipped) {
    struct attndyn_transformer_config config;
    ATTNDYN_TRY(text_model_data(run, t, skipped));
    if (*skipped) return ATTNDYN_OK;
    ATTNDYN_TRY(text_model_config(run->ctx, t, &config));
    t->thrift.gradients = method_settings_read(run->params).per_layer;
    ATTNDYN_TRY(text_model_network(run->ctx, t, &config));
    return text_training_optimise(run, group, t);
}

static enum attndyn_status go(struct training *training) {
    text_training_describe(training->source, training);
    return training_go(training);
}

enum attndyn_status text_training_run(const struct trial *run, struct text_model *t,
                                      struct training *training) {
    training->run = run;
    training->source = t;
    return training_run(training, go);
}
