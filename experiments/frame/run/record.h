/* Provenance as JSON (jansson): run.json, timing.json, the list of verdicts. */
#ifndef FRAME_RUN_RECORD_H
#define FRAME_RUN_RECORD_H

#include "run.h"

enum attndyn_status record_write_run(struct attndyn_context *ctx, const struct run *run,
                                     const char *folder);
/* Dates and durations, apart from the rest so that the rest is byte-comparable. */
enum attndyn_status record_write_timing(struct attndyn_context *ctx, const struct run *run,
                                        const char *folder);
/* {"tolerance_scale", "checks": [{id, experiment, claim, source, kind, measured, bound, margin,
 * verdict, ...}]}: docs/verify.md has the form. */
enum attndyn_status record_write_verdicts(struct attndyn_context *ctx, const struct run *runs,
                                          size_t n_runs, double tolerance_scale, const char *path);
/* The same over several seeds: of each check its verdict in every run, and whether it depends on
 * the seed. */
struct seeds;
enum attndyn_status record_write_seeds(struct attndyn_context *ctx, const struct seeds *seeds,
                                       const char *path);
/* {"checks": [{id, experiment, claim, source, kind, fails_if}]}: what could be measured. */
struct record_check_of {
    const struct experiment *experiment;
    const struct check *check;
};
enum attndyn_status record_write_list(struct attndyn_context *ctx,
                                      const struct record_check_of *list, size_t count,
                                      const char *path);
/* Scalars, notes and skipped of the run.json in the folder, into `results`; rows (n_tables) of each
 * table; *intact: the tables beside it have the bytes that it recorded. Damaged or absent:
 * ATTNDYN_NO_INPUT. */
enum attndyn_status record_read_run(struct attndyn_context *ctx, const char *folder,
                                    struct results *results, size_t *rows, bool *intact);
/* Is there a run.json at this path, complete, judged by the stated bounds, with the same `inputs`
 * (inputs.h)? *differs: how the build that made it differs from `identity` (identity.h); "" if it
 * does not. */
enum attndyn_status record_stands(struct attndyn_context *ctx, const char *path, const char *inputs,
                                  const char *identity, bool *stands, char **differs);

#endif
