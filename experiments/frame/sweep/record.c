#include "record.h"

#include "experiments/frame/command/signals.h"
#include "experiments/frame/contract/results_private.h"
#include "experiments/frame/run/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum attndyn_status sweep_record_create(struct attndyn_context *ctx,
                                        const struct experiment *experiment,
                                        struct sweep_record *record) {
    memset(record, 0, sizeof *record);
    for (const struct scalar *s = experiment->scalars; s && s->name; s++) record->n_scalars++;
    EACH_CHECK (experiment, c) record->n_checks++;
    ATTNDYN_ALLOC(ctx, record->scalars, (size_t)record->n_scalars);
    ATTNDYN_ALLOC(ctx, record->checks, (size_t)record->n_checks);
    return ATTNDYN_OK;
}

static void take(const struct run *run, struct sweep_record *record) {
    const struct results *results = run->results;
    record->status = results->skipped ? RUN_SKIPPED : RUN_DONE;
    snprintf(record->message, sizeof record->message, "%s",
             results->skipped ? results->skipped : "");
    record->seconds = run->seconds;
    for (size_t s = 0; s < results->n_solvers; s++) {
        record->steps += results->solvers[s].statistics.steps;
        record->rhs += results->solvers[s].statistics.rhs;
    }
    for (long s = 0; s < record->n_scalars; s++) record->scalars[s] = results->scalars[s];
    for (long c = 0; c < record->n_checks; c++)
        record->checks[c] = (struct sweep_check){(int)run->verdicts[c].kind,
                                                 run->verdicts[c].measured, run->verdicts[c].bound};
}

enum attndyn_status sweep_record_compute(const struct design *design, const struct keep *keep,
                                         size_t index, struct sweep_record *record) {
    record->index = (long)index;
    record->steps = record->rhs = 0;
    record->seconds = 0;
    free(record->kept);
    record->kept = NULL;
    record->kept_size = 0;
    for (long s = 0; s < record->n_scalars; s++) record->scalars[s] = NAN;
    for (long c = 0; c < record->n_checks; c++)
        record->checks[c] = (struct sweep_check){VERDICT_SKIPPED, NAN, NAN};
    struct attndyn_context *ctx = attndyn_context_create();
    if (!ctx) {
        snprintf(record->message, sizeof record->message, "out of memory");
        return ATTNDYN_NO_MEMORY;
    }
    attndyn_interrupt_by(ctx, signals_flag());
    struct run run = {.experiment = design->experiment};
    const struct run_request request = {.experiment = design->experiment};
    enum attndyn_status status = run_prepare(ctx, &request, &run);
    if (!status) status = design_params(ctx, design, index, &run.params);
    if (!status) status = run_compute(ctx, &run);
    if (!status && keep->count && !run.results->skipped)
        status = keep_pack(ctx, keep, run.results, &record->kept, &record->kept_size);
    if (!status)
        take(&run, record);
    else {
        record->status = RUN_FAILED;
        snprintf(record->message, sizeof record->message, "%s", attndyn_message(ctx));
    }
    attndyn_context_free(ctx);
    /* An interruption or a lack of memory says nothing about the run: it is not recorded, so that
     * the run is tried again. */
    bool refused = status == ATTNDYN_INTERRUPTED || status == ATTNDYN_NO_MEMORY;
    return refused ? status : ATTNDYN_OK;
}
