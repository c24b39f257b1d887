/* A run's folder has one owner: one run, told by its params.conf, and one process at a time. */
#ifndef FRAME_RUN_FOLDER_H
#define FRAME_RUN_FOLDER_H

#include "lock.h"
#include "run.h"

/* out/<id>/<hash of the parameters>: the same parameters find the same folder again. Owned by
 * ctx. */
enum attndyn_status folder_default(struct attndyn_context *ctx, const struct params *params,
                                   char **folder);
/* Makes out/<id>/latest a link to it. */
enum attndyn_status folder_is_latest(struct attndyn_context *ctx, const struct params *params,
                                     const char *folder);

/* May the run use this folder? ATTNDYN_USAGE: without `overwrite`, if it holds another run, or
 * files with the names of this run's but no params.conf. `longer`: a shorter version of this run
 * may be there. Nothing is created or written. */
enum attndyn_status folder_is_free(struct attndyn_context *ctx, const struct params *params,
                                   const char *folder, bool overwrite, bool longer);
/* The same before the work, and then creates the folder, tests that it is writable, and locks it
 * until lock_release. */
enum attndyn_status folder_claim(struct attndyn_context *ctx, const struct run *run,
                                 const char *folder, bool overwrite, struct lock *lock);
/* Makes a folder and tries to write in it. */
enum attndyn_status folder_writable(struct attndyn_context *ctx, const char *folder);
/* Removes the earlier run's files, of any experiment. `keep_checkpoint` keeps the progress that
 * this run has saved, with its tables and parameters, until they are replaced. Other files stay. */
enum attndyn_status folder_clear(struct attndyn_context *ctx, const struct experiment *experiment,
                                 const char *folder, bool keep_checkpoint);
/* Is it a run's folder? */
bool folder_is_of_a_run(struct attndyn_context *ctx, const char *folder);

#endif
