/* The table of claims: on a terminal, as JSON, as JUnit XML. */
#ifndef FRAME_JUDGE_VERIFY_H
#define FRAME_JUDGE_VERIFY_H

#include "batch.h"

#include <stdio.h>

/* One block an experiment, one line a check, a summary. `explain` adds claim and evidence. */
void verify_print(const struct batch *batch, bool explain, FILE *to);
enum attndyn_status verify_write_json(struct attndyn_context *ctx, const struct batch *batch,
                                      const char *path);
/* The runs with a verdict for each check of theirs: those of a run that broke fail with its
 * message, those of a run that was not reached are skipped. (batch->count) runs, owned by ctx. */
enum attndyn_status verify_runs(struct attndyn_context *ctx, const struct batch *batch,
                                struct run **runs);
/* junit.c */
enum attndyn_status verify_write_junit(struct attndyn_context *ctx, const struct batch *batch,
                                       const char *path);

/* The statements with the verdicts on each, as Markdown (docs/claims.md). */
enum attndyn_status verify_write_claims(struct attndyn_context *ctx, const struct batch *batch,
                                        const char *path);

#endif
