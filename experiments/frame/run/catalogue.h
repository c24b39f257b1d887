/* Descriptions as JSON on stdout: the list of experiments, one experiment, one check, one run. The
 * keys must not change: the Python package reads them. */
#ifndef FRAME_RUN_CATALOGUE_H
#define FRAME_RUN_CATALOGUE_H

#include "experiments/frame/contract/experiment.h"

/* {"program", "experiments": [{id, title, source, family, presets, checks}]} */
enum attndyn_status catalogue_list(struct attndyn_context *ctx,
                                   const struct experiment *const *experiments, size_t count);
/* {id, title, source, doc, params, presets, tables, scalars, figures, checks} */
/* html: what is prose in it as HTML, with its formulas set (prose.h). */
enum attndyn_status catalogue_experiment(struct attndyn_context *ctx, bool html,
                                         const struct experiment *experiment);
/* {id, experiment, claim, source, origin, kind, fails_if[, statement, hypotheses]} */
enum attndyn_status catalogue_check(struct attndyn_context *ctx,
                                    const struct experiment *experiment, const struct check *check);
/* The record of the run in the folder (run.json), with "folder" and "figures" (paths that are
 * there). */
enum attndyn_status catalogue_run(struct attndyn_context *ctx, const struct experiment *experiment,
                                  const char *folder);

#endif
