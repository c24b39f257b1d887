/* The store of a sweep: one SQLite file (WAL), one transaction a run.
 *
 *   meta(key, value)                           schema, experiment, version, design, runs
 *   axis(position, key, grp, text)             the axes
 *   run(idx, status, message, steps, rhs)      a row per ended run: done | failed | skipped
 *   timing(idx, seconds, ended)                apart, so that the rest is comparable
 *   parameter(idx, key, value)                 the axes' values of every run of the design
 *   scalar(idx, name, value)                   NULL: the run left it unset
 *   verdict(idx, id, verdict, measured, bound)
 *
 * One process writes at a time: opening takes a lock (<file>.lock, links followed), a second
 * process is refused; so is a file that has several names (hard links), beside which SQLite would
 * keep several journals.
 */
#ifndef FRAME_SWEEP_STORE_H
#define FRAME_SWEEP_STORE_H

#include "record.h"

struct store;

/* Opens or creates. A store of another design or program version is refused with what differs. */
enum attndyn_status store_open(struct attndyn_context *ctx, const char *path,
                               const struct design *design, struct store **store);
/* The same for reading alone (sql.h): no lock, nothing is written. */
enum attndyn_status store_open_reading(struct attndyn_context *ctx, const char *path,
                                       const struct design *design, struct store **store);
/* A store that was written has all in one file then. */
void store_close(struct store *store);

/* Which runs have ended: ended (design->runs) flags; failed ones count unless `retry`. */
enum attndyn_status store_ended(struct attndyn_context *ctx, struct store *store, bool retry,
                                bool *ended);
/* How many runs were skipped for want of their input, and why the first of them was (owned by ctx;
 * NULL: none). */
enum attndyn_status store_skipped(struct attndyn_context *ctx, struct store *store, size_t *count,
                                  char **why);
/* One run, one transaction (replaces an earlier failure). */
enum attndyn_status store_put(struct attndyn_context *ctx, struct store *store,
                              const struct sweep_record *record);
/* Reads run `index` back; *found false if it has not ended. */
enum attndyn_status store_get(struct attndyn_context *ctx, struct store *store, size_t index,
                              struct sweep_record *record, bool *found);

#endif
