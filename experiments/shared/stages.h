/* A run in stages that follow each other (networks, seeds): saved behind each of them, gone on with
 * by --resume. What a stage emits depends on its number and on the parameters alone. */
#ifndef SHARED_STAGES_H
#define SHARED_STAGES_H

#include "experiments/frame/contract/typed.h"

/* stage(run, user, 0), stage(run, user, 1), ... below count. The memory of each is released. One
 * that was interrupted is begun anew. */
enum attndyn_status stages_run(const struct trial *run, size_t count,
                               enum attndyn_status (*stage)(const struct trial *run,
                                                            const void *user, size_t number),
                               const void *user);

#endif
