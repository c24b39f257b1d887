/* A run's folder has one owner: one run, told by its params.conf, and one process at a time. */
#ifndef FRAME_RUN_FOLDER_H
#define FRAME_RUN_FOLDER_H

#include "lock.h"
#include "run.h"

/* out/<id>/<hash of the parameters>: the same parameters find the same folder again. Owned by ctx.
 */
enum attndyn_status folder_default(struct attndyn_context *ctx, const struct params *params,
                                   char **folder);
/* out/<id>/latest leads to it from now on. */
enum attndyn_status folder_is_latest(struct attndyn_context *ctx, const struct params *params,
                                     const char *folder);

/* ATTNDYN_USAGE: the folder holds another run, or files by the names of this one's that no
 * params.conf accounts for, and `overwrite` does not say that they may go; `longer`: a shorter run
 * of this one may be there. Nothing is made or written. */
enum attndyn_status folder_is_free(struct attndyn_context *ctx, const struct params *params,
                                   const char *folder, bool overwrite, bool longer);
/* Before the work: that, with the folder made, found to be writable, and locked until lock_release.
 */
enum attndyn_status folder_claim(struct attndyn_context *ctx, const struct run *run,
                                 const char *folder, bool overwrite, struct lock *lock);
/* Makes a folder and tries to write in it. */
enum attndyn_status folder_writable(struct attndyn_context *ctx, const char *folder);
/* Takes the earlier run's files away, whatever experiment it was of; `keep_checkpoint`: but for the
 * progress that this run has saved, its tables and parameters, which are replaced as they are
 * written. Other files stay. */
enum attndyn_status folder_clear(struct attndyn_context *ctx, const struct experiment *experiment,
                                 const char *folder, bool keep_checkpoint);
/* Is it a run's folder? */
bool folder_is_of_a_run(struct attndyn_context *ctx, const char *folder);

#endif
