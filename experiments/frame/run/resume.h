/* The frame's side of long runs (results.h): what a partial run is, and taking one up again. */
#ifndef FRAME_RUN_RESUME_H
#define FRAME_RUN_RESUME_H

#include "run.h"

/* Before the experiment's run(): its folder, and how often to save. */
enum attndyn_status resume_attach(struct attndyn_context *ctx, const struct run *run);
/* <folder>/params.conf. */
enum attndyn_status resume_write_params(struct attndyn_context *ctx, const struct params *params,
                                        const char *folder);

#endif
