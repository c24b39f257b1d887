#include "run.h"

#include "csv.h"
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/conditions.h"
#include "experiments/frame/contract/identity.h"
#include "experiments/frame/contract/names.h"
#include "experiments/frame/contract/results_private.h"
#include "figure.h"
#include "folder.h"
#include "inputs.h"
#include "record.h"
#include "resume.h"
#include "sim/base/file.h"
#include "sim/num/blas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Refuses a parameter that a user gives without effect. Presets and conf files may hold any
 * parameter. */
static enum attndyn_status has_effect(struct attndyn_context *ctx, const struct run *run,
                                      const char *assignment) {
    char *key = attndyn_format(ctx, "%.*s", (int)strcspn(assignment, " ="), assignment);
    const struct param *param = key ? params_named(run->experiment, key, "command line") : NULL;
    if (!key) return ATTNDYN_NO_MEMORY;
    return param ? condition_check(ctx, run->params, param, NULL, NULL) : ATTNDYN_OK;
}

enum attndyn_status run_prepare(struct attndyn_context *ctx, const struct run_request *request,
                                struct run *run) {
    memset(run, 0, sizeof *run);
    run->experiment = request->experiment;
    run->preset = request->preset;
    run->tolerance_scale = request->tolerance_scale > 0 ? request->tolerance_scale : 1;
    ATTNDYN_TRY(params_create(ctx, request->experiment, request->preset, &run->params));
    if (request->config) ATTNDYN_TRY(params_read(ctx, run->params, request->config));
    for (size_t i = 0; i < request->n_assignments; i++)
        ATTNDYN_TRY(params_set(ctx, run->params, request->assignments[i], "command line"));
    params_say_twice(request->assignments, request->n_assignments);
    for (size_t i = 0; i < request->n_assignments && request->one; i++)
        ATTNDYN_TRY(has_effect(ctx, run, request->assignments[i]));
    while (run->experiment->checks && run->experiment->checks[run->n_checks]) run->n_checks++;
    ATTNDYN_ALLOC(ctx, run->verdicts, run->n_checks);
    return ATTNDYN_OK;
}

/* Must this run judge the check? */
static bool demanded(const struct run *run, const struct check *check) {
    return run->whole && run->preset && names_listed("quick,short", run->preset) &&
           !(check->unjudged && names_listed(check->unjudged, run->preset));
}

static enum attndyn_status judge_one(struct attndyn_context *ctx, struct run *run,
                                     const struct check *check, struct verdict *verdict) {
    if (run->results->skipped) return verdict_skip(verdict, "%s", run->results->skipped);
    verdict->kind = VERDICT_FAILS; /* a check that forgets its verdict is red */
    verdict->bound = check->bound;
    verdict->holds_bound = check->beside;
    verdict->facts = facts_unknown();
    if (run->experiment->facts)
        run->experiment->facts(ctx, run->params, run->results, &verdict->facts);
    if (check->facts) check->facts(ctx, run->params, run->results, &verdict->facts);
    enum attndyn_status status = check->evaluate(ctx, run->params, run->results, verdict);
    if (status)
        return attndyn_fail_while(ctx, status, "%s: check %s", run->experiment->id, check->id);
    if (run->tolerance_scale != 1) verdict_scale(verdict, run->tolerance_scale);
    verdict_inside(verdict, check);
    return ATTNDYN_OK;
}

static enum attndyn_status judge(struct attndyn_context *ctx, struct run *run) {
    for (size_t i = 0; i < run->n_checks; i++) {
        const struct check *check = run->experiment->checks[i];
        struct verdict *verdict = &run->verdicts[i];
        if (!run_wants(run, i)) {
            verdict_skip(verdict, "not asked for");
            continue;
        }
        ATTNDYN_TRY(judge_one(ctx, run, check, verdict));
        if (demanded(run, check)) verdict_demand(verdict);
    }
    return ATTNDYN_OK;
}

/* From here on the folder no longer counts as a complete run, or as another run's. `saved`: what
 * this run has saved there stays. */
static enum attndyn_status take_over(struct attndyn_context *ctx, const struct results *results,
                                     const char *folder, bool saved) {
    ATTNDYN_TRY(folder_clear(ctx, results->experiment, folder, saved));
    return resume_write_params(ctx, results->params, folder);
}

enum attndyn_status run_compute(struct attndyn_context *ctx, struct run *run) {
    run->started = seconds_of(CLOCK_REALTIME);
    double start = seconds_of(CLOCK_MONOTONIC);
    ATTNDYN_TRY(attndyn_blas_one_thread(ctx));
    ATTNDYN_TRY(results_create(ctx, run->experiment, &run->results));
    run->results->says = run->says;
    run->results->take_over = take_over;
    ATTNDYN_TRY(resume_attach(ctx, run));
    char *before, *after;
    ATTNDYN_TRY(inputs_stamp(ctx, run->params, &before));
    if (run->folder) ATTNDYN_TRY(inputs_text(ctx, run->params, &run->inputs));
    enum attndyn_status status = run->experiment->run(ctx, run->params, run->results);
    if (status) return attndyn_fail_while(ctx, status, "%s", run->experiment->id);
    if (!run->results->skipped) {
        status = results_complete(ctx, run->results);
        if (status) return attndyn_fail_while(ctx, status, "%s", run->experiment->id);
    }
    ATTNDYN_TRY(inputs_stamp(ctx, run->params, &after));
    if (strcmp(before, after) != 0)
        return attndyn_fail(ctx, ATTNDYN_NO_INPUT,
                            "%s: an input was changed while the run read it: run it again",
                            run->experiment->id);
    ATTNDYN_TRY(judge(ctx, run));
    run->seconds = seconds_of(CLOCK_MONOTONIC) - start;
    return ATTNDYN_OK;
}

/* run.json is written last: where it stands, the tables are complete. */
enum attndyn_status run_write(struct attndyn_context *ctx, const struct run *run,
                              const char *folder) {
    ATTNDYN_TRY(attndyn_folder_make(ctx, folder));
    /* A run taken up at its very end saves nothing anew: the checkpoint there is its own. */
    bool saved = run->results->opened || run->results->restored;
    ATTNDYN_TRY(take_over(ctx, run->results, folder, saved));
    for (size_t t = 0; t < run->results->n_tables; t++)
        ATTNDYN_TRY(csv_write(ctx, &run->results->tables[t], folder));
    bool drawn = !run->results->skipped && !run->unfinished;
    const struct figure *figures = drawn ? run->experiment->figures : NULL;
    for (const struct figure *f = figures; f && f->name; f++)
        ATTNDYN_TRY(figure_write(ctx, run, f, folder));
    ATTNDYN_TRY(record_write_timing(ctx, run, folder));
    return record_write_run(ctx, run, folder);
}

enum attndyn_status run_write_unfinished(struct attndyn_context *ctx, struct run *run,
                                         const char *folder, size_t *rows) {
    *rows = 0;
    if (!run->results || run->results->opened) return ATTNDYN_OK;
    for (size_t t = 0; t < run->results->n_tables; t++) *rows += run->results->tables[t].rows;
    if (*rows == 0) return ATTNDYN_OK;
    run->unfinished = true;
    for (size_t c = 0; c < run->n_checks; c++)
        verdict_skip(&run->verdicts[c], "the run was interrupted");
    return run_write(ctx, run, folder);
}

enum attndyn_status run_draw(struct attndyn_context *ctx, const struct run *run, const char *folder,
                             bool missing) {
    const struct figure *figures = run->results->skipped ? NULL : run->experiment->figures;
    for (const struct figure *f = figures; f && f->name; f++) {
        char *script = attndyn_format(ctx, "%s.gp", f->name);
        char *drawn = attndyn_format(ctx, "%s/%s.svg", folder, f->name);
        if (!script || !drawn) return ATTNDYN_NO_MEMORY;
        if (missing && access(drawn, R_OK) == 0) continue;
        ATTNDYN_TRY(figure_draw(ctx, folder, script, "svg"));
    }
    return ATTNDYN_OK;
}

/* *stands: complete, with these parameters and inputs. run->other_build is set if another build
 * made it. */
static enum attndyn_status standing(struct attndyn_context *ctx, struct run *run,
                                    const char *folder, bool *stands) {
    char *record = attndyn_format(ctx, "%s/run.json", folder);
    char *conf = attndyn_format(ctx, "%s/params.conf", folder);
    char *held, *wanted, *inputs, *identity, *differs;
    size_t length;
    *stands = false;
    run->other_build = NULL;
    if (!record || !conf) return ATTNDYN_NO_MEMORY;
    if (access(conf, F_OK) != 0) return ATTNDYN_OK;
    ATTNDYN_TRY(attndyn_file_read(ctx, conf, &held, &length));
    ATTNDYN_TRY(params_text(ctx, run->params, &wanted));
    if (strcmp(held, wanted) != 0) return ATTNDYN_OK;
    ATTNDYN_TRY(inputs_text(ctx, run->params, &inputs));
    ATTNDYN_TRY(identity_text(ctx, run->experiment, &identity));
    ATTNDYN_TRY(record_stands(ctx, record, inputs, identity, stands, &differs));
    if (*stands && *differs) run->other_build = differs;
    return ATTNDYN_OK;
}

static enum attndyn_status read_back(struct attndyn_context *ctx, struct run *run,
                                     const char *folder, bool *found) {
    ATTNDYN_TRY(results_create(ctx, run->experiment, &run->results));
    size_t *rows;
    ATTNDYN_ALLOC(ctx, rows, run->results->n_tables);
    ATTNDYN_TRY(record_read_run(ctx, folder, run->results, rows, found));
    for (size_t t = 0; t < run->results->n_tables && *found; t++)
        ATTNDYN_TRY(csv_read(ctx, run->results, &run->results->tables[t], folder, rows[t]));
    return ATTNDYN_OK;
}

enum attndyn_status run_read(struct attndyn_context *ctx, struct run *run, const char *folder,
                             bool *found) {
    bool stands;
    *found = false;
    enum attndyn_status status = standing(ctx, run, folder, &stands);
    if (status == ATTNDYN_NO_MEMORY) return status;
    if (status) attndyn_message_clear(ctx);
    if (status || !stands || (run->other_build && !run->accept)) return ATTNDYN_OK;
    status = read_back(ctx, run, folder, found);
    if (status == ATTNDYN_NO_MEMORY) return status;
    if (status) { /* damaged: as if it were not there */
        attndyn_message_clear(ctx);
        *found = false;
    }
    return *found ? judge(ctx, run) : ATTNDYN_OK;
}
