#include "batch.h"

#include "experiments/frame/command/signals.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/conditions.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/registry.h"
#include "experiments/frame/contract/results_private.h"
#include "experiments/frame/run/folder.h"
#include "experiments/frame/run/outputs.h"
#include "experiments/frame/run/progress.h"
#include "known.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool batch_wants(const struct batch_request *request, const struct experiment *experiment,
                 const struct check *check) {
    if (request->n_excluded &&
        registry_means(experiment, check, request->excluded, request->n_excluded))
        return false;
    return registry_means(experiment, check, request->patterns, request->n_patterns);
}

static bool has_seed(const struct experiment *experiment) {
    for (const struct param *p = experiment->params; p && p->name; p++)
        if (strcmp(p->name, "seed") == 0) return p->type == PARAM_INT;
    return false;
}

static bool has_preset(const struct experiment *experiment, const char *name) {
    for (const struct preset *p = experiment->presets; p && p->name; p++)
        if (strcmp(p->name, name) == 0) return true;
    return false;
}

/* By a pattern, and not excluded. */
static bool meant(const struct batch_request *request, const struct experiment *experiment) {
    if (request->seeded_only && !has_seed(experiment)) return false;
    for (size_t i = 0; i < request->n_excluded; i++)
        if (registry_matches(experiment, request->excluded[i])) return false;
    if (request->n_patterns == 0) return true;
    for (size_t i = 0; i < request->n_patterns; i++)
        if (registry_matches(experiment, request->patterns[i])) return true;
    if (request->checks)
        EACH_CHECK (experiment, c)
            if (batch_wants(request, experiment, c)) return true;
    return false;
}

static bool selected(const struct batch_request *request, const struct experiment *experiment) {
    return meant(request, experiment) &&
           (!request->leave_out || has_preset(experiment, request->preset));
}

static enum attndyn_status choose_checks(struct batch_item *item,
                                         const struct batch_request *request) {
    bool *mask;
    if (!request->checks) return ATTNDYN_OK;
    ATTNDYN_ALLOC(item->ctx, mask, item->run.n_checks);
    for (size_t c = 0; c < item->run.n_checks; c++)
        mask[c] = batch_wants(request, item->run.experiment, item->run.experiment->checks[c]);
    item->run.wanted = mask;
    return known_apply(item->ctx, request->known, &item->run);
}

static bool names_key(const char *assignment, const char *key) {
    const size_t n = strlen(key);
    return strncmp(assignment, key, n) == 0 && assignment[n] == '=';
}

/* An assignment applies only to experiments that declare its key. */
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

/* The fallback is for experiments without the preset, not for a mistyped preset name. */
static enum attndyn_status preset_exists(struct attndyn_context *ctx,
                                         const struct batch_request *request) {
    const char *best = "quick";
    size_t distance = SIZE_MAX;
    for (size_t e = 0; e < registry_count(); e++)
        for (const struct preset *p = registry_at(e)->presets; p && p->name; p++) {
            if (strcmp(p->name, request->preset) == 0) return ATTNDYN_OK;
            names_nearer(request->preset, p->name, &best, &distance);
        }
    return attndyn_fail(ctx, ATTNDYN_USAGE, "no experiment has a preset '%.60s'%s", request->preset,
                        names_hint(&(struct hint){0}, request->preset, best, distance));
}

/* Progress messages of the runs of a batch. */
struct batch_course {
    long total, finished;
};

static void show(void *user, const char *what, double done, double total) {
    struct batch_item *item = user;
    long finished;
#pragma omp atomic read
    finished = item->course->finished;
    snprintf(item->label, sizeof item->label, "attndyn: %ld of %ld experiments done, %s", finished,
             item->course->total, item->run.experiment->id);
#pragma omp critical(batch_show)
    progress_show(&item->progress, what, done, total);
}

/* A key that no selected experiment declares is a mistyped one. */
static enum attndyn_status every_key_is_declared(struct attndyn_context *ctx,
                                                 const struct batch_request *request) {
    for (size_t i = 0; i < request->n_assignments; i++) {
        char key[100];
        size_t length = strcspn(request->assignments[i], "=");
        snprintf(key, sizeof key, "%.*s", (int)(length < sizeof key ? length : sizeof key - 1),
                 request->assignments[i]);
        const char *best = "";
        size_t distance = SIZE_MAX;
        for (size_t e = 0; e < registry_count() && distance > 0; e++)
            for (const struct param *p = registry_at(e)->params;
                 selected(request, registry_at(e)) && p && p->name; p++)
                names_nearer(key, p->name, &best, &distance);
        if (distance > 0)
            return attndyn_fail(
                ctx, ATTNDYN_USAGE,
                "%.60s: none of these experiments has such a parameter%s (attndyn describe ID lists them)",
                request->assignments[i], names_hint(&(struct hint){0}, key, best, distance));
    }
    return ATTNDYN_OK;
}

/* What has no effect in any of the selected experiments is refused, as in a run. */
static enum attndyn_status has_an_effect(struct attndyn_context *ctx,
                                         const struct batch_request *request,
                                         const char *assignment) {
    const struct params *in_vain = NULL;
    const struct param *param = NULL;
    for (size_t e = 0; e < registry_count(); e++) {
        const struct experiment *experiment = registry_at(e);
        struct batch_item probe = {.ctx = ctx, .run.experiment = experiment};
        const struct param *p = experiment->params;
        while (p && p->name && !names_key(assignment, p->name)) p++;
        if (!p || !p->name || !selected(request, experiment)) continue;
        const bool falls_back = request->fall_back && !has_preset(experiment, request->preset);
        ATTNDYN_TRY(params_create(ctx, experiment, falls_back ? "quick" : request->preset,
                                  &probe.run.params));
        const enum attndyn_status status = assign(&probe, request);
        if (status == ATTNDYN_NO_MEMORY) return status;
        if (status) attndyn_message_clear(ctx); /* said of the run */
        if (status || condition_met(probe.run.params, p)) return ATTNDYN_OK;
        in_vain = probe.run.params;
        param = p;
    }
    return param ? condition_check(ctx, in_vain, param, NULL, NULL) : ATTNDYN_OK;
}

/* Without a fallback, all of the experiments must have the preset, or at least one of them. */
static enum attndyn_status every_preset_exists(struct attndyn_context *ctx,
                                               const struct batch_request *request) {
    struct params *probe;
    for (size_t e = 0; e < registry_count() && request->leave_out; e++)
        if (selected(request, registry_at(e))) return ATTNDYN_OK;
    for (size_t e = 0; e < registry_count(); e++)
        if (meant(request, registry_at(e)))
            ATTNDYN_TRY(params_create(ctx, registry_at(e), request->preset, &probe));
    return ATTNDYN_OK;
}

/* A verification of nothing would pass. */
static enum attndyn_status something_is_left(struct attndyn_context *ctx,
                                             const struct batch_request *request) {
    if (request->seeded_only) return ATTNDYN_OK; /* of a part */
    for (size_t e = 0; e < registry_count(); e++) {
        if (!meant(request, registry_at(e))) continue;
        if (!request->checks) return ATTNDYN_OK;
        EACH_CHECK (registry_at(e), c)
            if (batch_wants(request, registry_at(e), c)) return ATTNDYN_OK;
    }
    return attndyn_fail(ctx, ATTNDYN_USAGE, "nothing is left: %s",
                        request->n_excluded ? "--exclude leaves out all that was asked for"
                                            : "what was asked for has no checks");
}

enum attndyn_status batch_check(struct attndyn_context *ctx, const struct batch_request *request) {
    ATTNDYN_TRY(registry_match_all(ctx, request->patterns, request->n_patterns, request->checks));
    ATTNDYN_TRY(registry_match_all(ctx, request->excluded, request->n_excluded, true));
    ATTNDYN_TRY(something_is_left(ctx, request));
    if (request->known) ATTNDYN_TRY(known_check(ctx, request->known));
    params_say_twice(request->assignments, request->n_assignments);
    ATTNDYN_TRY(request->fall_back ? preset_exists(ctx, request)
                                   : every_preset_exists(ctx, request));
    ATTNDYN_TRY(every_key_is_declared(ctx, request));
    for (size_t i = 0; i < request->n_assignments; i++)
        ATTNDYN_TRY(has_an_effect(ctx, request, request->assignments[i]));
    return ATTNDYN_OK;
}

/* The files that the assignments name, of whatever experiment declares them. */
static enum attndyn_status add_inputs(struct attndyn_context *ctx, struct outputs *outputs,
                                      const struct batch_request *request) {
    for (size_t e = 0; e < registry_count(); e++) {
        struct batch_item probe = {.ctx = ctx, .run.experiment = registry_at(e)};
        if (!selected(request, registry_at(e))) continue;
        ATTNDYN_TRY(params_create(ctx, registry_at(e), NULL, &probe.run.params));
        enum attndyn_status status = assign(&probe, request);
        if (status == ATTNDYN_NO_MEMORY) return status;
        attndyn_message_clear(ctx); /* a bad value is reported for the run that has it */
        ATTNDYN_TRY(outputs_add_params(ctx, outputs, probe.run.params));
    }
    return ATTNDYN_OK;
}

/* Checks that the experiment's folder belongs to the requested run. */
static enum attndyn_status free_for(struct attndyn_context *ctx,
                                    const struct batch_request *request,
                                    const struct experiment *experiment, const char *folder) {
    struct batch_item probe = {.ctx = ctx, .run.experiment = experiment};
    bool falls_back = request->fall_back && !has_preset(experiment, request->preset);
    ATTNDYN_TRY(
        params_create(ctx, experiment, falls_back ? "quick" : request->preset, &probe.run.params));
    enum attndyn_status status = assign(&probe, request);
    if (status == ATTNDYN_NO_MEMORY) return status;
    if (status) {
        attndyn_message_clear(ctx); /* said of the run */
        return ATTNDYN_OK;
    }
    return folder_is_free(ctx, probe.run.params, folder, request->overwrite, false);
}

enum attndyn_status batch_outputs_check(struct attndyn_context *ctx,
                                        const struct batch_request *request, const char *json,
                                        const char *junit, const char *claims) {
    struct outputs outputs = {0};
    ATTNDYN_TRY(outputs_add(ctx, &outputs, "--json", json, OUTPUT_JSON));
    ATTNDYN_TRY(outputs_add(ctx, &outputs, "--junit", junit, OUTPUT_XML));
    ATTNDYN_TRY(outputs_add(ctx, &outputs, "--claims", claims, OUTPUT_MARKDOWN));
    ATTNDYN_TRY(outputs_add(ctx, &outputs, "--known", request->known, OUTPUT_INPUT));
    if (request->n_assignments) ATTNDYN_TRY(add_inputs(ctx, &outputs, request));
    for (size_t e = 0; request->folder && e < registry_count(); e++) {
        if (!selected(request, registry_at(e))) continue;
        char *folder = attndyn_format(ctx, "%s/%s", request->folder, registry_at(e)->id);
        if (!folder) return ATTNDYN_NO_MEMORY;
        ATTNDYN_TRY(outputs_keep_out(ctx, &outputs, folder));
        ATTNDYN_TRY(free_for(ctx, request, registry_at(e), folder));
    }
    return outputs_check(ctx, &outputs);
}

/* Parameters, and what belongs to the run's folder; again where a run starts over. */
static enum attndyn_status prepare(struct batch_item *item, const struct experiment *experiment,
                                   const struct batch_request *request) {
    attndyn_interrupt_by(item->ctx, signals_flag());
    progress_start(&item->progress, item->label);
    attndyn_progress_to(item->ctx, show, item);
    item->fell_back = request->fall_back && !has_preset(experiment, request->preset);
    const struct run_request run = {.experiment = experiment,
                                    .preset = item->fell_back ? "quick" : request->preset,
                                    .tolerance_scale = request->tolerance_scale};
    ATTNDYN_TRY(run_prepare(item->ctx, &run, &item->run));
    ATTNDYN_TRY(assign(item, request));
    item->run.whole = request->n_assignments == 0 && request->seed_shift == 0;
    if (request->seed_shift && has_seed(experiment)) {
        char seed[30];
        snprintf(seed, sizeof seed, "%ld",
                 param_int(item->run.params, "seed") + request->seed_shift);
        ATTNDYN_TRY(params_put(item->ctx, item->run.params, "seed", seed, "--seeds"));
    }
    ATTNDYN_TRY(choose_checks(item, request));
    if (!request->folder) return ATTNDYN_OK;
    char *folder = attndyn_format(item->ctx, "%s/%s", request->folder, experiment->id);
    if (!folder) return ATTNDYN_NO_MEMORY;
    item->run.folder = folder;
    item->run.resume = request->keep;
    item->run.accept = request->accept;
    item->run.save_every = request->save_every > 0 ? request->save_every : RUN_SAVE_EVERY;
    return ATTNDYN_OK;
}

/* Continues a long run that was interrupted, as `attndyn run --resume` does. If that is not
 * possible (the part is damaged, or has other parameters or another build), the run starts over and
 * says so. */
static enum attndyn_status compute(struct batch_item *item, const struct experiment *experiment,
                                   const struct batch_request *request) {
    if (!item->run.folder) return run_compute(item->ctx, &item->run);
    ATTNDYN_TRY(
        folder_claim(item->ctx, &item->run, item->run.folder, request->overwrite, &item->lock));
    char *part = attndyn_format(item->ctx, "%s/" RUN_CHECKPOINT, item->run.folder);
    if (!part) return ATTNDYN_NO_MEMORY;
    bool held = item->run.resume && access(part, F_OK) == 0;
    enum attndyn_status status = run_compute(item->ctx, &item->run);
    if (!held || (status != ATTNDYN_USAGE && status != ATTNDYN_NO_INPUT)) return status;
    fprintf(stderr, "attndyn: %s; it starts over\n", attndyn_message(item->ctx));
    struct attndyn_context *anew = attndyn_context_create();
    if (!anew) return attndyn_fail(item->ctx, ATTNDYN_NO_MEMORY, "out of memory");
    attndyn_threads_allow(anew, attndyn_threads(item->ctx));
    lock_release(&item->lock);
    attndyn_context_free(item->ctx);
    item->ctx = anew;
    ATTNDYN_TRY(prepare(item, experiment, request));
    ATTNDYN_TRY(
        folder_claim(item->ctx, &item->run, item->run.folder, request->overwrite, &item->lock));
    /* Keep the old part until the new run saves for the first time: if an input turns out to be
     * unreadable, nothing is lost. */
    item->run.resume = false;
    return run_compute(item->ctx, &item->run);
}

/* The verdicts count even if a figure fails. */
static enum attndyn_status draw(struct batch_item *item, const char *folder, bool missing) {
    enum attndyn_status status = run_draw(item->ctx, &item->run, folder, missing);
    item->undrawn = status == ATTNDYN_RUN_FAILED;
    return item->undrawn ? ATTNDYN_OK : status;
}

static enum attndyn_status one(struct batch_item *item, const struct experiment *experiment,
                               const struct batch_request *request) {
    ATTNDYN_TRY(prepare(item, experiment, request));
    const char *folder = item->run.folder;
    if (folder && request->keep) ATTNDYN_TRY(run_read(item->ctx, &item->run, folder, &item->kept));
    if (item->kept) return draw(item, folder, true);
    item->outdated = item->run.other_build != NULL;
    enum attndyn_status status = compute(item, experiment, request);
    if (status == ATTNDYN_RUN_FAILED && item->run.folder && item->lock.path) {
        /* Remove earlier results of a failed run, but keep the message of the failure. */
        struct attndyn_context *own = attndyn_context_create();
        if (own) (void)folder_clear(own, experiment, item->run.folder, false);
        attndyn_context_free(own);
    }
    ATTNDYN_TRY(status);
    item->resumed = item->run.results->restored;
    folder = item->run.folder;
    if (!folder) return ATTNDYN_OK;
    ATTNDYN_TRY(run_write(item->ctx, &item->run, folder));
    /* Remove what only --resume needs: a report is for reading. */
    char *part = attndyn_format(item->ctx, "%s/" RUN_CHECKPOINT, folder);
    if (!part) return ATTNDYN_NO_MEMORY;
    unlink(part);
    return draw(item, folder, false);
}

static bool bad(const struct batch_item *item) {
    if (item->status) return true;
    for (size_t c = 0; c < item->run.n_checks; c++)
        if (item->run.verdicts[c].kind == VERDICT_FAILS && !(item->run.known && item->run.known[c]))
            return true;
    return false;
}

enum attndyn_status batch_run(struct attndyn_context *ctx, const struct batch_request *request,
                              struct batch *batch) {
    ATTNDYN_TRY(batch_check(ctx, request));
    ATTNDYN_ALLOC(ctx, batch->items, registry_count());
    batch->count = batch->left_out = 0;
    batch->preset = request->preset;
    batch->tolerance_scale = request->tolerance_scale > 0 ? request->tolerance_scale : 1;
    for (size_t e = 0; e < registry_count(); e++) {
        batch->left_out += meant(request, registry_at(e)) && !selected(request, registry_at(e));
        if (!selected(request, registry_at(e))) continue;
        struct batch_item *item = &batch->items[batch->count++];
        item->run.experiment = registry_at(e);
        item->ctx = attndyn_context_create();
        if (!item->ctx) {
            batch_free(batch);
            return attndyn_fail(ctx, ATTNDYN_NO_MEMORY, "out of memory");
        }
    }
    /* A single run gets all threads, outside of a parallel region so that it can use them. Several
     * runs get one thread each. */
    const int team = batch->count == 1 ? 1 : request->jobs;
    if (batch->count == 1) attndyn_threads_allow(batch->items[0].ctx, request->jobs);
    struct batch_course course = {.total = (long)batch->count};
    struct progress progress;
    progress_start(&progress, "attndyn");
    int stop = 0;
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
    for (long i = 0; i < course.total; i++) {
        int stopped;
#pragma omp atomic read
        stopped = stop;
        if (stopped || *signals_flag()) continue;
        struct batch_item *item = &batch->items[i];
        item->course = &course;
        item->status = one(item, item->run.experiment, request);
        lock_release(&item->lock);
        item->done = item->status != ATTNDYN_INTERRUPTED;
        if (request->fail_fast && bad(item)) {
#pragma omp atomic write
            stop = 1;
        }
        long finished;
#pragma omp atomic capture
        finished = course.finished += item->done;
#pragma omp critical(batch_show)
        progress_show(&progress, "experiments", (double)finished, (double)course.total);
    }
    progress_end(&progress);
    return ATTNDYN_OK;
}

void batch_complain(const struct batch *batch) {
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].done && (batch->items[i].status || batch->items[i].undrawn))
            fprintf(stderr, "attndyn: %s\n", attndyn_message(batch->items[i].ctx));
}

void batch_free(struct batch *batch) {
    for (size_t i = 0; i < batch->count; i++) attndyn_context_free(batch->items[i].ctx);
    batch->count = 0;
}

struct batch_tally batch_count(const struct batch *batch) {
    struct batch_tally tally = {0};
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
        tally.undrawn += item->undrawn;
        for (size_t c = 0; c < item->run.n_checks; c++) {
            enum verdict_kind kind = item->run.verdicts[c].kind;
            if (!run_wants(&item->run, c)) continue;
            if (kind == VERDICT_FAILS && item->run.known && item->run.known[c]) {
                tally.known++;
                continue;
            }
            tally.verdicts[kind]++;
            tally.of[check_origin(item->run.experiment->checks[c])][kind]++;
        }
    }
    return tally;
}

enum attndyn_status batch_status(const struct batch *batch) {
    struct batch_tally tally = batch_count(batch);
    if (*signals_flag()) return ATTNDYN_INTERRUPTED;
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].status > ATTNDYN_RUN_FAILED) return batch->items[i].status;
    if (tally.broken || tally.undrawn) return ATTNDYN_RUN_FAILED;
    return tally.verdicts[VERDICT_FAILS] ? ATTNDYN_CHECK_FAILED : ATTNDYN_OK;
}

void batch_print_tally(const struct batch_tally *tally, FILE *to) {
    const int *n = tally->verdicts;
    fprintf(
        to, "%d claim%s, %d errat%s confirmed, %d fail%s, %d outside, %d skipped, %d run%s broken",
        n[VERDICT_HOLDS], n[VERDICT_HOLDS] == 1 ? " holds" : "s hold", n[VERDICT_ERRATUM],
        n[VERDICT_ERRATUM] == 1 ? "um" : "a", n[VERDICT_FAILS], n[VERDICT_FAILS] == 1 ? "s" : "",
        n[VERDICT_OUTSIDE], n[VERDICT_SKIPPED], tally->broken, tally->broken == 1 ? "" : "s");
    if (tally->known) fprintf(to, ", %d known to fail", tally->known);
}
