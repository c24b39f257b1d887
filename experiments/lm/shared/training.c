#include "training.h"

#include "sim/data/safetensors.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static struct attndyn_checkpoint checkpoint_of(struct training *t,
                                               struct attndyn_checkpoint_counter *counters,
                                               uint64_t *number, uint64_t *data) {
    memcpy(counters, t->counters, t->n_counters * sizeof *counters);
    counters[t->n_counters] = (struct attndyn_checkpoint_counter){"training", number};
    counters[t->n_counters + 1] = (struct attndyn_checkpoint_counter){"data", data};
    return (struct attndyn_checkpoint){.model = t->model,
                                       .optimizer = t->optimizer,
                                       .counters = counters,
                                       .n_counters = t->n_counters + 2,
                                       .arrays = t->arrays,
                                       .n_arrays = t->n_arrays};
}

static enum attndyn_status save(struct attndyn_context *ctx, struct training *t) {
    const char *path = results_checkpoint(t->results);
    struct attndyn_checkpoint_counter counters[TRAINING_COUNTERS + 2];
    char *progress;
    if (!path) return ATTNDYN_OK;
    uint64_t mark = attndyn_memory_mark(ctx);
    struct attndyn_checkpoint checkpoint = checkpoint_of(t, counters, &t->number, &t->data);
    ATTNDYN_TRY(results_flush(ctx, t->results, &progress));
    checkpoint.text = progress;
    ATTNDYN_TRY(attndyn_checkpoint_write(ctx, &checkpoint, path));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status restore(struct attndyn_context *ctx, struct training *t,
                                   const char *progress) {
    if (!progress)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT, "%s: a checkpoint without a run's progress",
                            results_checkpoint(t->results));
    return results_restore(ctx, t->results, progress);
}

enum attndyn_status training_open(struct attndyn_context *ctx, struct training *t) {
    const char *path = results_checkpoint(t->results);
    struct attndyn_safetensors file;
    t->held = false;
    if (!results_resuming(t->results) || access(path, F_OK) != 0) return ATTNDYN_OK;
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(attndyn_safetensors_read(ctx, path, &file));
    /* Other parameters are told from a damaged file by this alone. */
    ATTNDYN_TRY(restore(ctx, t, attndyn_safetensors_metadata(&file, "text")));
    ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, "counter.training", &t->number));
    if (t->number > t->last)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: saved in training %" PRIu64 " of %" PRIu64 ": it is damaged", path,
                            t->number, t->last + 1);
    attndyn_memory_release(ctx, mark);
    t->held = true;
    return ATTNDYN_OK;
}

static enum attndyn_status load(struct attndyn_context *ctx, struct training *t) {
    const char *path = results_checkpoint(t->results);
    struct attndyn_checkpoint_counter counters[TRAINING_COUNTERS + 2];
    uint64_t number, data, mark = attndyn_memory_mark(ctx);
    struct attndyn_checkpoint checkpoint = checkpoint_of(t, counters, &number, &data);
    ATTNDYN_TRY(attndyn_checkpoint_read(ctx, &checkpoint, path));
    ATTNDYN_TRY(restore(ctx, t, checkpoint.text));
    if (data != t->data)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: the text has changed since: start anew without --resume", path);
    attndyn_memory_release(ctx, mark);
    t->held = false;
    return ATTNDYN_OK;
}

enum attndyn_status training_take(struct attndyn_context *ctx, struct training *t) {
    if (t->held) ATTNDYN_TRY(load(ctx, t));
    t->emitted = results_emitted(t->results);
    return ATTNDYN_OK;
}

enum attndyn_status training_stepped(struct attndyn_context *ctx, struct training *t,
                                     enum attndyn_status status) {
    const uint64_t made = t->number * t->steps + *t->step, all = (t->last + 1) * t->steps;
    t->emitted = results_emitted(t->results);
    attndyn_progress(ctx, t->what, t->each * (double)made, t->each * (double)all);
    if (status) return status;
    if (results_due(t->results) || made == all) return save(ctx, t);
    return ATTNDYN_OK;
}

enum attndyn_status training_end(struct attndyn_context *ctx, struct training *t,
                                 enum attndyn_status status) {
    if (status != ATTNDYN_INTERRUPTED || !results_checkpoint(t->results)) return status;
    if (!t->step || *t->step == 0 || results_emitted(t->results) != t->emitted) return status;
    ATTNDYN_TRY(save(ctx, t));
    if (t->last == 0)
        return attndyn_fail_while(
            ctx, status, "saved after %" PRIu64 " minibatches, --resume goes on", *t->step);
    return attndyn_fail_while(ctx, status,
                              "saved after %" PRIu64 " minibatches of training %" PRIu64
                              " of %" PRIu64 ", --resume goes on",
                              *t->step, t->number + 1, t->last + 1);
}
