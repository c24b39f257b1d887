#include "batch.h"

#include "check.h"
#include "names.h"
#include "progress.h"
#include "registry.h"
#include "signals.h"

#include <string.h>

static bool selected(const struct batch_request *request, const struct experiment *experiment) {
    if (request->n_patterns == 0) return true;
    for (size_t i = 0; i < request->n_patterns; i++)
        if (registry_matches(experiment, request->patterns[i])) return true;
    return false;
}

static enum attndyn_status every_pattern_matches(struct attndyn_context *ctx,
                                                 const struct batch_request *request) {
    for (size_t i = 0; i < request->n_patterns; i++) {
        bool matched = false;
        for (size_t e = 0; e < registry_count(); e++)
            matched |= registry_matches(registry_at(e), request->patterns[i]);
        const struct experiment *exact;
        if (!matched) return registry_find(ctx, request->patterns[i], &exact);
    }
    return ATTNDYN_OK;
}

/* Assignments reach only the experiments that declare the key. */
static enum attndyn_status assign(struct batch_item *item, const struct batch_request *request) {
    for (size_t i = 0; i < request->n_assignments; i++) {
        const char *equals = strchr(request->assignments[i], '=');
        char key[100];
        if (!equals || (size_t)(equals - request->assignments[i]) >= sizeof key) continue;
        memcpy(key, request->assignments[i], (size_t)(equals - request->assignments[i]));
        key[equals - request->assignments[i]] = '\0';
        if (!param_declared(item->run.params, key)) continue;
        ATTNDYN_TRY(
            params_set(item->ctx, item->run.params, request->assignments[i], "command line"));
    }
    return ATTNDYN_OK;
}

static bool has_preset(const struct experiment *experiment, const char *name) {
    for (const struct preset *p = experiment->presets; p && p->name; p++)
        if (strcmp(p->name, name) == 0) return true;
    return false;
}

/* Falling back is for the experiments that lack a preset, not for a mistyped one. */
static enum attndyn_status preset_exists(struct attndyn_context *ctx,
                                         const struct batch_request *request) {
    const char *best = "quick";
    size_t distance = SIZE_MAX;
    for (size_t e = 0; e < registry_count(); e++)
        for (const struct preset *p = registry_at(e)->presets; p && p->name; p++) {
            if (strcmp(p->name, request->preset) == 0) return ATTNDYN_OK;
            names_nearer(request->preset, p->name, &best, &distance);
        }
    return attndyn_fail(ctx, ATTNDYN_USAGE,
                        "no experiment has a preset '%.60s'; did you mean '%s'?", request->preset,
                        best);
}

static enum attndyn_status one(struct batch_item *item, const struct experiment *experiment,
                               const struct batch_request *request) {
    attndyn_interrupt_by(item->ctx, signals_flag());
    item->fell_back = request->fall_back && !has_preset(experiment, request->preset);
    const struct run_request run = {.experiment = experiment,
                                    .preset = item->fell_back ? "quick" : request->preset,
                                    .tolerance_scale = request->tolerance_scale};
    ATTNDYN_TRY(run_prepare(item->ctx, &run, &item->run));
    ATTNDYN_TRY(assign(item, request));
    if (!request->folder) return run_compute(item->ctx, &item->run);
    char *folder = attndyn_format(item->ctx, "%s/%s", request->folder, experiment->id);
    if (!folder) return ATTNDYN_NO_MEMORY;
    if (request->keep) ATTNDYN_TRY(run_read(item->ctx, &item->run, folder, &item->kept));
    if (item->kept) return run_draw(item->ctx, &item->run, folder, true);
    ATTNDYN_TRY(run_compute(item->ctx, &item->run));
    return run_write(item->ctx, &item->run, folder, true);
}

static bool bad(const struct batch_item *item) {
    if (item->status) return true;
    for (size_t c = 0; c < item->run.n_checks; c++)
        if (item->run.verdicts[c].kind == VERDICT_FAILS) return true;
    return false;
}

enum attndyn_status batch_run(struct attndyn_context *ctx, const struct batch_request *request,
                              struct batch *batch) {
    ATTNDYN_TRY(every_pattern_matches(ctx, request));
    if (request->fall_back) ATTNDYN_TRY(preset_exists(ctx, request));
    ATTNDYN_ALLOC(ctx, batch->items, registry_count());
    batch->count = 0;
    batch->tolerance_scale = request->tolerance_scale > 0 ? request->tolerance_scale : 1;
    for (size_t e = 0; e < registry_count(); e++) {
        if (!selected(request, registry_at(e))) continue;
        struct batch_item *item = &batch->items[batch->count++];
        item->run.experiment = registry_at(e);
        item->ctx = attndyn_context_create();
        if (!item->ctx) {
            batch_free(batch);
            return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory");
        }
    }
    struct progress progress;
    progress_start(&progress, "attndyn");
    long total = (long)batch->count, finished = 0;
    int stop = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(request->jobs)
    for (long i = 0; i < total; i++) {
        int stopped;
#pragma omp atomic read
        stopped = stop;
        if (stopped || *signals_flag()) continue;
        struct batch_item *item = &batch->items[i];
        item->status = one(item, item->run.experiment, request);
        item->done = item->status != ATTNDYN_INTERRUPTED;
        if (request->fail_fast && bad(item)) {
#pragma omp atomic write
            stop = 1;
        }
#pragma omp critical
        progress_show(&progress, "experiments", (double)++finished, (double)total);
    }
    progress_end(&progress);
    return ATTNDYN_OK;
}

void batch_free(struct batch *batch) {
    for (size_t i = 0; i < batch->count; i++) attndyn_context_free(batch->items[i].ctx);
    batch->count = 0;
}

struct batch_tally batch_count(const struct batch *batch) {
    struct batch_tally tally = {{0}, 0, 0};
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_item *item = &batch->items[i];
        if (!item->done) {
            tally.not_reached++;
            continue;
        }
        if (item->status) {
            tally.broken++;
            continue;
        }
        for (size_t c = 0; c < item->run.n_checks; c++)
            tally.verdicts[item->run.verdicts[c].kind]++;
    }
    return tally;
}

enum attndyn_status batch_status(const struct batch *batch) {
    struct batch_tally tally = batch_count(batch);
    if (*signals_flag()) return ATTNDYN_INTERRUPTED;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].status > ATTNDYN_RUN_FAILED) return batch->items[i].status;
    if (tally.broken) return ATTNDYN_RUN_FAILED;
    return tally.verdicts[VERDICT_FAILS] ? ATTNDYN_CHECK_FAILED : ATTNDYN_OK;
}
