#include "training.h"

#include "sim/data/safetensors.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { OWN_COUNTERS = 4, OWN_ARRAYS = 3 };

/* Its counters and arrays live in ctx. */
static enum attndyn_status checkpoint_of(struct training *t, uint64_t *number, uint64_t *data,
                                         struct attndyn_checkpoint *checkpoint) {
    struct learner *l = t->learner;
    const struct attndyn_checkpoint_counter own[OWN_COUNTERS] = {{"minibatches", &l->step},
                                                                 {"losses_summed", &l->loss_count},
                                                                 {"training", number},
                                                                 {"data", data}};
    const struct attndyn_checkpoint_array sums[OWN_ARRAYS] = {
        {"loss", &l->loss, 1}, {"norm", &l->norm, 1}, {"loss_sum", &l->loss_sum, 1}};
    struct attndyn_checkpoint_counter *counters;
    struct attndyn_checkpoint_array *arrays;
    ATTNDYN_ALLOC(t->run->ctx, counters, OWN_COUNTERS + t->n_counters);
    ATTNDYN_ALLOC(t->run->ctx, arrays, OWN_ARRAYS + t->n_arrays);
    memcpy(counters, own, sizeof own);
    memcpy(arrays, sums, sizeof sums);
    for (size_t i = 0; i < t->n_counters; i++) counters[OWN_COUNTERS + i] = t->counters[i];
    for (size_t i = 0; i < t->n_arrays; i++) arrays[OWN_ARRAYS + i] = t->arrays[i];
    size_t n_further = 0;
    struct attndyn_parameter *further =
        l->adapters ? attndyn_adapters_state(l->adapters, &n_further) : NULL;
    *checkpoint = (struct attndyn_checkpoint){.model = l->model,
                                              .further = further,
                                              .n_further = n_further,
                                              .optimizer = l->optimizer,
                                              .counters = counters,
                                              .n_counters = OWN_COUNTERS + t->n_counters,
                                              .arrays = arrays,
                                              .n_arrays = OWN_ARRAYS + t->n_arrays};
    return ATTNDYN_OK;
}

static enum attndyn_status save(struct training *t) {
    struct attndyn_context *ctx = t->run->ctx;
    const char *path = results_checkpoint(t->run->results);
    struct attndyn_checkpoint checkpoint;
    char *progress;
    if (!path) return ATTNDYN_OK;
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(checkpoint_of(t, &t->number, &t->data, &checkpoint));
    ATTNDYN_TRY(results_flush(ctx, t->run->results, &progress));
    checkpoint.text = progress;
    ATTNDYN_TRY(attndyn_checkpoint_write(ctx, &checkpoint, path));
    attndyn_memory_release(ctx, mark);
    return ATTNDYN_OK;
}

static enum attndyn_status restore(struct training *t, const char *progress) {
    if (progress) return results_restore(t->run->ctx, t->run->results, progress);
    return attndyn_fail(t->run->ctx, ATTNDYN_NO_INPUT, "%s: a checkpoint without a run's progress",
                        results_checkpoint(t->run->results));
}

/* The number of the training to begin with. */
static enum attndyn_status find(struct training *t) {
    struct attndyn_context *ctx = t->run->ctx;
    const char *path = results_checkpoint(t->run->results);
    struct attndyn_safetensors file;
    t->held = false;
    if (!results_resuming(t->run->results) || access(path, F_OK) != 0) return ATTNDYN_OK;
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(attndyn_safetensors_read(ctx, path, &file));
    /* Only this tells other parameters from a damaged file. */
    ATTNDYN_TRY(restore(t, attndyn_safetensors_metadata(&file, "text")));
    ATTNDYN_TRY(attndyn_safetensors_number(ctx, &file, "counter.training", &t->number));
    if (t->number > t->last)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: saved in training %" PRIu64 " of %" PRIu64 ": it is damaged", path,
                            t->number, t->last + 1);
    attndyn_memory_release(ctx, mark);
    t->held = true;
    if (results_longer(t->run->results) && t->last > 0)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: the run has %" PRIu64 " trainings, of which only the last one's "
                            "network stands at its end: a longer one begins anew, in another --out",
                            path, t->last + 1);
    return ATTNDYN_OK;
}

static enum attndyn_status load(struct training *t) {
    struct attndyn_context *ctx = t->run->ctx;
    const char *path = results_checkpoint(t->run->results);
    struct attndyn_checkpoint checkpoint;
    uint64_t number, data, mark = attndyn_memory_mark(ctx);
    ATTNDYN_TRY(checkpoint_of(t, &number, &data, &checkpoint));
    ATTNDYN_TRY(attndyn_checkpoint_read(ctx, &checkpoint, path));
    ATTNDYN_TRY(restore(t, checkpoint.text));
    if (data != t->data)
        return attndyn_fail(ctx, ATTNDYN_USAGE,
                            "%s: the text has changed since: start anew without --resume", path);
    attndyn_memory_release(ctx, mark);
    learner_resumed(t->learner);
    t->held = false;
    return ATTNDYN_OK;
}

/* One update; an interrupt comes after whole ones only. Progress is over all trainings. Saves where
 * that is due, and after the last update of all. */
static enum attndyn_status update(struct training *t) {
    struct attndyn_batch batch = t->batch(t);
    enum attndyn_status status = learner_update(t->run->ctx, t->learner, &batch);
    if (t->updated) t->updated(t);
    const uint64_t made = t->number * t->steps + t->learner->step;
    const uint64_t all = (t->last + 1) * t->steps;
    t->emitted = results_emitted(t->run->results);
    attndyn_progress(t->run->ctx, t->what, t->each * (double)made, t->each * (double)all);
    if (status) return status;
    if (results_due(t->run->results) || made == all) return save(t);
    return ATTNDYN_OK;
}

enum attndyn_status training_go(struct training *t) {
    if (t->held) ATTNDYN_TRY(load(t));
    t->emitted = results_emitted(t->run->results);
    if (t->taken) t->taken(t);
    for (;;) {
        ATTNDYN_TRY(t->look(t));
        if (t->learner->step == t->steps) return ATTNDYN_OK;
        ATTNDYN_TRY(update(t));
    }
}

static enum attndyn_status every_one(struct training *t,
                                     enum attndyn_status (*one)(struct training *training)) {
    for (; t->number <= t->last; t->number++) {
        uint64_t mark = attndyn_memory_mark(t->run->ctx);
        t->learner = NULL;
        ATTNDYN_TRY(one(t)); /* if it was interrupted, keep its memory: it is saved below */
        t->learner = NULL;
        attndyn_memory_release(t->run->ctx, mark);
    }
    return ATTNDYN_OK;
}

enum attndyn_status training_run(struct training *t,
                                 enum attndyn_status (*one)(struct training *training)) {
    ATTNDYN_TRY(find(t));
    enum attndyn_status status = every_one(t, one);
    const struct learner *l = t->learner;
    if (status != ATTNDYN_INTERRUPTED || !results_checkpoint(t->run->results)) return status;
    if (!l || l->step == 0 || results_emitted(t->run->results) != t->emitted) return status;
    ATTNDYN_TRY(save(t));
    if (t->last == 0)
        return attndyn_fail_while(t->run->ctx, status,
                                  "saved after %" PRIu64 " minibatches, --resume goes on", l->step);
    return attndyn_fail_while(t->run->ctx, status,
                              "saved after %" PRIu64 " minibatches of training %" PRIu64
                              " of %" PRIu64 ", --resume goes on",
                              l->step, t->number + 1, t->last + 1);
}
