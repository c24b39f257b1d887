/* The store of a sweep: one SQLite file (WAL), one transaction a run.
 *
 *   meta(key, value)                           schema, experiment, version, build, design, runs,
 * keep axis(position, key, grp, text)             the axes run(idx, status, message, steps, rhs,
 * checksum, build)   done | failed | skipped build(id, version, identity)               who made
 * the rows timing(idx, seconds, ended)                apart, so that the rest is comparable
 *   parameter(idx, key, value)                 the axes' values of every run of the design
 *   scalar(idx, name, value)                   NULL: the run left it unset
 *   verdict(idx, id, verdict, measured, bound)
 *   kept(idx, tbl, columns, rows)              which tables of a run are kept, and
 *   kept_TABLE(idx, row, column, ...)          their rows
 *
 * A store grows: another design of the same experiment, whose runs can stand beside those that are
 * there, adds its runs to them (grow.c). Where it has them all, the store is from then on the one
 * that this design alone would have made; else what is there keeps its numbers.
 *
 * One process writes at a time: opening takes a lock (<file>.lock, links followed), a second
 * process is refused; so is a file that has several names (hard links), beside which SQLite would
 * keep several journals.
 */
#ifndef FRAME_SWEEP_STORE_H
#define FRAME_SWEEP_STORE_H

#include "record.h"

struct store;

/* By how many runs opening made it larger. */
struct store_growth {
    size_t before, added; /* before: 0 of a store that is new */
    size_t again;         /* ended runs that lack a table that is kept from now on */
};

/* Opens or creates. A store of runs that conflict with the design's, or of another build of the
 * program, is refused with what differs. keep: tables to keep (keep.h) beside those that the store
 * keeps; NULL: these alone. */
enum attndyn_status store_open(struct attndyn_context *ctx, const char *path,
                               const struct design *design, const struct keep *keep,
                               struct store **store);
/* The same for reading alone (sql.h): no lock, nothing is written; it need not hold all runs of the
 * design. */
enum attndyn_status store_open_reading(struct attndyn_context *ctx, const char *path,
                                       const struct design *design, struct store **store);
/* Afterwards the store is a single file. */
void store_close(struct store *store);

struct store_growth store_grown(const struct store *store);
/* What every run of it keeps. */
const struct keep *store_keep(const struct store *store);

/* Which runs have ended: ended (design->runs) flags; failed ones count unless `retry`. A run that
 * lacks a table to keep has not. */
enum attndyn_status store_ended(struct attndyn_context *ctx, struct store *store, bool retry,
                                bool *ended);
/* How many runs were skipped for want of their input, and why the first of them was (owned by ctx;
 * NULL: none). */
enum attndyn_status store_skipped(struct attndyn_context *ctx, struct store *store, size_t *count,
                                  char **why);
/* One run, one transaction (replaces what there is of it). */
enum attndyn_status store_put(struct attndyn_context *ctx, struct store *store,
                              const struct sweep_record *record);
/* Copies run `index` from a store that is open for reading; *found false if it has not ended there.
 */
enum attndyn_status store_copy(struct attndyn_context *ctx, struct store *store,
                               struct store *source, size_t index, bool *found);
/* ATTNDYN_IO: a row is not as it was written. */
enum attndyn_status store_is_whole(struct attndyn_context *ctx, struct store *store);

#endif
