#include "sweep.h"

#include "experiments/frame/command/signals.h"
#include "experiments/frame/run/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum attndyn_status sweep_count_before(struct attndyn_context *ctx,
                                       const struct sweep_request *request, struct store *store,
                                       bool *ended, struct sweep_tally *tally) {
    memset(tally, 0, sizeof *tally);
    ATTNDYN_TRY(store_ended(ctx, store, request->retry, ended));
    for (size_t i = 0; i < request->design->runs; i++) {
        if (i % request->shards != request->shard) continue;
        tally->total++;
        tally->before += ended[i];
    }
    return ATTNDYN_OK;
}

enum attndyn_status sweep_count_after(struct attndyn_context *ctx,
                                      const struct sweep_request *request, struct store *store,
                                      enum attndyn_status status, struct sweep_tally *tally) {
    if (status == ATTNDYN_INTERRUPTED || (!status && *signals_flag()))
        return attndyn_fail(ctx, ATTNDYN_INTERRUPTED,
                            "interrupted: %zu of %zu runs have ended; start the same command "
                            "again to go on",
                            tally->before + tally->ended, tally->total);
    ATTNDYN_TRY(status);
    bool *all, *good;
    ATTNDYN_ALLOC(ctx, all, request->design->runs);
    ATTNDYN_ALLOC(ctx, good, request->design->runs);
    ATTNDYN_TRY(store_ended(ctx, store, false, all));
    ATTNDYN_TRY(store_ended(ctx, store, true, good));
    tally->failed = 0;
    for (size_t i = request->shard; i < request->design->runs; i += request->shards)
        tally->failed += all[i] && !good[i];
    return ATTNDYN_OK;
}

/* What the threads of a sweep share. */
struct shared_sweep {
    const struct sweep_request *request;
    struct store *store;
    struct sweep_tally *tally;
    struct sweep_record *records; /* one a thread; index < 0: taken */
    bool *ended;
    struct progress progress;
    enum attndyn_status failure;
    size_t next, done, failed;
    double inside;
};

/* The next run that has not ended; the number of runs: there is none, or nobody wants more. */
static size_t take_run(struct shared_sweep *w) {
    const struct sweep_request *r = w->request;
    size_t mine = r->design->runs;
    while (w->next < r->design->runs && w->ended[w->next]) w->next += r->shards;
    if (!w->failure && !*signals_flag()) mine = w->next;
    w->next += r->shards;
    return mine;
}

static int take_slot(struct shared_sweep *w) {
    int slot = 0;
    while (w->records[slot].index < 0) slot++;
    w->records[slot].index = -1;
    return slot;
}

static enum attndyn_status put(struct attndyn_context *ctx, struct shared_sweep *w, size_t run,
                               const struct sweep_record *record, enum attndyn_status status) {
    if (status == ATTNDYN_NO_MEMORY && !w->failure)
        attndyn_fail(ctx, status,
                     "run %zu: %s; what has ended is in the store: start the same command again to "
                     "go on",
                     run, record->message);
    ATTNDYN_TRY(status);
    ATTNDYN_TRY(store_put(ctx, w->store, record));
    w->done++;
    w->failed += record->status == RUN_FAILED;
    w->inside += record->seconds;
    char what[80];
    snprintf(what, sizeof what, "%zu failed, runs", w->failed);
    progress_show(&w->progress, what, (double)w->done,
                  (double)(w->tally->total - w->tally->before));
    return ATTNDYN_OK;
}

/* Threads take the next run that has not ended; records are written one at a time. */
static void compute_runs(struct attndyn_context *ctx, struct shared_sweep *w) {
    const struct design *design = w->request->design;
#pragma omp parallel num_threads(w->request->jobs)
    for (;;) {
        size_t mine;
        int slot;
        enum attndyn_status status;
#pragma omp critical(sweep_take)
        mine = take_run(w);
        if (mine >= design->runs) break;
#pragma omp critical(sweep_slot)
        slot = take_slot(w);
        struct sweep_record record = w->records[slot];
        status = sweep_record_compute(design, store_keep(w->store), mine, &record);
#pragma omp critical(sweep_store)
        status = put(ctx, w, mine, &record, status);
        free(record.kept);
#pragma omp critical(sweep_slot)
        w->records[slot].index = 0;
#pragma omp critical(sweep_take)
        if (status && !w->failure) w->failure = status;
    }
}

enum attndyn_status sweep_run(struct attndyn_context *ctx, const struct sweep_request *request,
                              struct store *store, struct sweep_tally *tally) {
    struct shared_sweep w = {
        .request = request, .store = store, .tally = tally, .next = request->shard};
    ATTNDYN_ALLOC(ctx, w.ended, request->design->runs);
    ATTNDYN_TRY(sweep_count_before(ctx, request, store, w.ended, tally));
    ATTNDYN_ALLOC(ctx, w.records, (size_t)request->jobs);
    for (int j = 0; j < request->jobs; j++)
        ATTNDYN_TRY(sweep_record_create(ctx, request->design->experiment, &w.records[j]));
    progress_start(&w.progress, request->design->experiment->id);
    double start = progress_clock();
    compute_runs(ctx, &w);
    progress_end(&w.progress);
    tally->ended = w.done;
    tally->inside = w.inside;
    tally->seconds = progress_clock() - start;
    return sweep_count_after(ctx, request, store, w.failure, tally);
}

enum attndyn_status sweep_merge(struct attndyn_context *ctx, const struct design *design,
                                struct store *into, const char *from, size_t *copied) {
    struct store *source;
    ATTNDYN_TRY(store_open_reading(ctx, from, design, &source));
    enum attndyn_status status = ATTNDYN_OK;
    *copied = 0;
    for (size_t i = 0; i < design->runs && !status; i++) {
        bool found;
        status = store_copy(ctx, into, source, i, &found);
        *copied += !status && found;
    }
    store_close(source);
    return status;
}
