/* The one list of experiments: found by run/registry.sh, in the order of experiments/order. */
#ifndef FRAME_CONTRACT_REGISTRY_H
#define FRAME_CONTRACT_REGISTRY_H

#include "experiment.h"

/* sound.h, of all of them. The build runs it once the program is linked. */
enum attndyn_status registry_sound(struct attndyn_context *ctx);

size_t registry_count(void);
const struct experiment *registry_at(size_t index);
/* By exact id; if there is none, the message has the nearest id. */
enum attndyn_status registry_find(struct attndyn_context *ctx, const char *id,
                                  const struct experiment **experiment);
/* Does the shell pattern match the id, or is it a leading part ("scansnap")? */
bool registry_matches(const struct experiment *experiment, const char *pattern);
/* Is the check, of this experiment, meant by one of the patterns: by its own id or its
 * experiment's? No pattern means all. */
bool registry_means(const struct experiment *experiment, const struct check *check,
                    char *const *patterns, size_t count);
/* The check of that id and its experiment; NULL: there is none. */
const struct check *registry_check(const char *id, const struct experiment **experiment);
/* Every pattern must match an experiment or, if patterns may be checks, a check; the message names
 * one that does not, with the nearest id. */
enum attndyn_status registry_match_all(struct attndyn_context *ctx, char *const *patterns,
                                       size_t count, bool checks);

#endif
