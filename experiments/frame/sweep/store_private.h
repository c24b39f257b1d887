/* What the files of the store share. */
#ifndef FRAME_SWEEP_STORE_PRIVATE_H
#define FRAME_SWEEP_STORE_PRIVATE_H

#include "experiments/frame/run/lock.h"
#include "sql.h"
#include "store.h"

#define STORE_SCHEMA "3"
#define STORE_SCHEMA_BEFORE "2" /* without builds and kept tables; it is brought up to date */

#define STORE_ABSENT SIZE_MAX
#define STORE_OFTEN 8

struct store {
    struct sql sql;
    char *real; /* its path, links followed */
    struct lock lock;
    bool reading;
    const struct design *design;
    struct keep keep;          /* of every run */
    struct store_growth grown; /* by this opening */
    size_t points;             /* runs of all the designs that it was given */
    size_t *place; /* (design->runs), where a run of this design stands among them, STORE_ABSENT
                      where only reading; NULL: at its own number */
    long build;    /* the row of this build */
    sqlite3_stmt *put_run, *put_timing, *put_scalar, *put_verdict;
    sqlite3_stmt **put_kept; /* (keep.n_tables), NULL where not kept */
    struct {
        const char *query; /* a literal */
        sqlite3_stmt *statement;
    } often[STORE_OFTEN]; /* what every row asks for */
};

static inline size_t store_place(const struct store *store, size_t run) {
    return store->place ? store->place[run] : run;
}

/* --- grow.c: the runs of the design among those of the store */
struct growth;
/* What is to be done; reads alone. ATTNDYN_USAGE: the store holds what cannot stand beside the
 * design's runs. */
enum attndyn_status growth_plan(struct attndyn_context *ctx, struct store *store,
                                struct growth **plan);
/* Within a transaction. */
enum attndyn_status growth_apply(struct attndyn_context *ctx, struct store *store,
                                 const struct growth *plan);
/* Where the design's runs stand. */
enum attndyn_status growth_place(struct attndyn_context *ctx, struct store *store,
                                 const struct growth *plan);
/* axis and parameter of a fresh store. */
enum attndyn_status growth_put_design(struct attndyn_context *ctx, struct store *store);

/* --- store_statements.c */
enum attndyn_status store_put_meta(struct attndyn_context *ctx, const struct store *store,
                                   const char *key, const char *value);
/* The statement of a literal, prepared once; it is not to be finalized, but reset. */
enum attndyn_status store_often(struct attndyn_context *ctx, struct store *store,
                                const char *literal, sqlite3_stmt **statement);
/* Folds every cell of a query's rows into *sum, each with its kind; `place` is its one ?. */
enum attndyn_status store_sum_rows(struct attndyn_context *ctx, struct store *store,
                                   sqlite3_stmt *s, long place, uint64_t *sum);

/* --- store_rows.c */
/* What the row at `place` says, timings apart, if it stood at `as`: SQLite sees damage to its
 * structure, not to a number. */
enum attndyn_status store_checksum(struct attndyn_context *ctx, struct store *store, long place,
                                   long as, uint64_t *sum);
enum attndyn_status store_set_checksum(struct attndyn_context *ctx, struct store *store, long place,
                                       uint64_t sum);
/* Which runs have ended, also those that lack a table to keep. */
enum attndyn_status store_ended_somehow(struct attndyn_context *ctx, struct store *store,
                                        bool *ended);
/* Where runs have ended, in their order. */
enum attndyn_status store_rows(struct attndyn_context *ctx, const struct store *store, long **rows,
                               size_t *count);
enum attndyn_status store_row_is_whole(struct attndyn_context *ctx, struct store *store,
                                       long place);
/* Names of the tables with runs' rows (column idx). */
enum attndyn_status store_tables(struct attndyn_context *ctx, const struct store *store,
                                 struct sql_names *tables);

/* --- store_kept.c */
/* keep: with what the store already keeps; within a transaction the tables and columns that it
 * lacks are made. */
enum attndyn_status store_kept_read(struct attndyn_context *ctx, struct store *store);
enum attndyn_status store_kept_make(struct attndyn_context *ctx, struct store *store);
enum attndyn_status store_kept_prepare(struct attndyn_context *ctx, struct store *store);
enum attndyn_status store_kept_put(struct attndyn_context *ctx, struct store *store, long place,
                                   const struct sweep_record *record);
/* Folds the kept rows of a place into *sum. */
enum attndyn_status store_kept_sum(struct attndyn_context *ctx, struct store *store, long place,
                                   uint64_t *sum);

#endif
