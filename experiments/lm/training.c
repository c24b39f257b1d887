#include "training.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SUMS = 3 };

/* Says whether a text is the one that was trained on (FNV-1a, a token at a time). */
static uint64_t fingerprint(const struct text_model *t) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int split = ATTNDYN_TRAIN; split <= ATTNDYN_VALID; split++) {
        const struct attndyn_tokens *tokens = &t->data.tokens[split];
        for (size_t i = 0; i < tokens->length; i++)
            hash = (hash ^ tokens->id[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* What belongs to the training beside model and optimiser. */
struct state {
    double sums[SUMS];
    uint64_t text;
    struct attndyn_checkpoint_counter counters[3];
    struct attndyn_checkpoint_array *arrays;
    struct attndyn_checkpoint checkpoint;
};

static enum attndyn_status state_of(struct attndyn_context *ctx, struct text_training *training,
                                    struct state *s) {
    struct text_model *t = training->t;
    const double sums[SUMS] = {t->loss, t->norm, t->loss_sum};
    memcpy(s->sums, sums, sizeof sums);
    s->text = fingerprint(t);
    const struct attndyn_checkpoint_counter counters[] = {
        {"minibatches", &t->step}, {"losses_summed", &t->loss_count}, {"text", &s->text}};
    memcpy(s->counters, counters, sizeof counters);
    ATTNDYN_ALLOC(ctx, s->arrays, training->n_arrays + 1);
    s->arrays[0] = (struct attndyn_checkpoint_array){"loss_norm_sum", s->sums, SUMS};
    for (size_t i = 0; i < training->n_arrays; i++) s->arrays[i + 1] = training->arrays[i];
    s->checkpoint = (struct attndyn_checkpoint){.model = t->model,
                                                .optimizer = t->optimizer,
                                                .counters = s->counters,
                                                .n_counters = 3,
                                                .arrays = s->arrays,
                                                .n_arrays = training->n_arrays + 1};
    return ATTNDYN_OK;
}

static enum attndyn_status save(struct attndyn_context *ctx, struct text_training *training) {
    const char *path = results_checkpoint(training->results);
    if (!path) return ATTNDYN_OK;
    struct state s;
    char *progress;
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(state_of(ctx, training, &s));
    ATTNDYN_TRY(results_flush(ctx, training->results, &progress));
    s.checkpoint.text = progress;
    ATTNDYN_TRY(attndyn_checkpoint_write(ctx, &s.checkpoint, path));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status load(struct attndyn_context *ctx, struct text_training *training,
                                const char *path) {
    struct text_model *t = training->t;
    struct state s;
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(state_of(ctx, training, &s));
    uint64_t text = s.text;
    ATTNDYN_TRY(attndyn_checkpoint_read(ctx, &s.checkpoint, path));
    if (!s.checkpoint.text)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: a checkpoint without a run's progress",
                            path);
    ATTNDYN_TRY(results_restore(ctx, training->results, s.checkpoint.text));
    if (s.text != text)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: the text has changed since: start anew without --resume", path);
    t->loss = s.sums[0], t->norm = s.sums[1], t->loss_sum = s.sums[2];
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

enum attndyn_status text_training_begin(struct attndyn_context *ctx,
                                        struct text_training *training) {
    const char *path = results_checkpoint(training->results);
    if (results_resuming(training->results) && access(path, F_OK) == 0)
        ATTNDYN_TRY(load(ctx, training, path));
    training->emitted = results_emitted(training->results);
    return ATTNDYN_OK;
}

enum attndyn_status text_training_step(struct attndyn_context *ctx,
                                       struct text_training *training) {
    struct text_model *t = training->t;
    enum attndyn_status status = text_model_step(ctx, t);
    training->emitted = results_emitted(training->results);
    if (status) return status;
    if (results_due(training->results) || t->step == t->minibatches) return save(ctx, training);
    return ATTNDYN_OK;
}

enum attndyn_status text_training_end(struct attndyn_context *ctx, struct text_training *training,
                                      enum attndyn_status status) {
    if (status != ATTNDYN_INTERRUPTED || !results_checkpoint(training->results)) return status;
    if (results_emitted(training->results) != training->emitted) return status;
    ATTNDYN_TRY(save(ctx, training));
    return attndyn_fail_while(ctx, status, "saved after %llu minibatches, --resume goes on",
                              (unsigned long long)training->t->step);
}
