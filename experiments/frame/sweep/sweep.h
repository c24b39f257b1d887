/* Running a sweep: the runs of a design that its store lacks, over threads (or MPI ranks). */
#ifndef FRAME_SWEEP_SWEEP_H
#define FRAME_SWEEP_SWEEP_H

#include "store.h"

struct sweep_tally {
    size_t total;   /* runs of this shard */
    size_t before;  /* had ended before */
    size_t ended;   /* ended now */
    size_t failed;  /* failed, before or now */
    double seconds; /* wall clock of this call */
    double inside;  /* seconds within the runs, summed over threads */
};

struct sweep_request {
    const struct design *design;
    int jobs;
    size_t shard, shards; /* runs i with i % shards == shard; shards 1: all */
    bool retry;           /* failed runs again */
};

/* Interrupted: ATTNDYN_INTERRUPTED, with every ended run in the store. */
enum attndyn_status sweep_run(struct attndyn_context *ctx, const struct sweep_request *request,
                              struct store *store, struct sweep_tally *tally);
/* The parts that threads and MPI ranks share: which runs had ended (flags (design->runs)), and at
 * the end how many failed, whenever that was, or where an interruption left it. */
enum attndyn_status sweep_count_before(struct attndyn_context *ctx,
                                       const struct sweep_request *request, struct store *store,
                                       bool *ended, struct sweep_tally *tally);
enum attndyn_status sweep_count_after(struct attndyn_context *ctx,
                                      const struct sweep_request *request, struct store *store,
                                      enum attndyn_status status, struct sweep_tally *tally);
/* Copies the ended runs of another store that are runs of this design. */
enum attndyn_status sweep_merge(struct attndyn_context *ctx, const struct design *design,
                                struct store *into, const char *from, size_t *copied);

#endif
