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

enum attndyn_status sweep_run(struct attndyn_context *ctx, const struct sweep_request *request,
                              struct store *store, struct sweep_tally *tally) {
    bool *ended;
    ATTNDYN_ALLOC(ctx, ended, request->design->runs);
    ATTNDYN_TRY(sweep_count_before(ctx, request, store, ended, tally));
    struct sweep_record *records; /* one a thread */
    ATTNDYN_ALLOC(ctx, records, (size_t)request->jobs);
    for (int j = 0; j < request->jobs; j++)
        ATTNDYN_TRY(sweep_record_create(ctx, request->design->experiment, &records[j]));
    struct progress progress;
    progress_start(&progress, request->design->experiment->id);
    double start = progress_clock(), inside = 0;
    enum attndyn_status failure = ATTNDYN_OK;
    size_t next = request->shard, done = 0, failed = 0;
    /* Threads take the next run that has not ended; records are written one at a time. */
#pragma omp parallel num_threads(request->jobs)
    for (;;) {
        size_t mine = request->design->runs;
#pragma omp critical(sweep_take)
        {
            while (next < request->design->runs && ended[next]) next += request->shards;
            if (!failure && !*signals_flag()) mine = next;
            next += request->shards;
        }
        if (mine >= request->design->runs) break;
        int slot = 0;
#pragma omp critical(sweep_slot)
        {
            while (records[slot].index < 0) slot++;
            records[slot].index = -1; /* taken */
        }
        struct sweep_record record = records[slot];
        enum attndyn_status status =
            sweep_record_compute(request->design, store_keep(store), mine, &record);
#pragma omp critical(sweep_store)
        {
            if (status == ATTNDYN_NO_MEMORY && !failure)
                attndyn_fail(ctx, status,
                             "run %zu: %s; what has ended is in the store: start the same command "
                             "again to go on",
                             mine, record.message);
            if (!status) status = store_put(ctx, store, &record);
            if (!status) {
                done++;
                failed += record.status == RUN_FAILED;
                inside += record.seconds;
                char what[80];
                snprintf(what, sizeof what, "%zu failed, runs", failed);
                progress_show(&progress, what, (double)done,
                              (double)(tally->total - tally->before));
            }
        }
        free(record.kept);
#pragma omp critical(sweep_slot)
        records[slot].index = 0;
#pragma omp critical(sweep_take)
        if (status && !failure) failure = status;
    }
    progress_end(&progress);
    tally->ended = done;
    tally->inside = inside;
    tally->seconds = progress_clock() - start;
    return sweep_count_after(ctx, request, store, failure, tally);
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
