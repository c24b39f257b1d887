/* When a parameter has an effect: struct param, only. */
#ifndef FRAME_CONTRACT_CONDITIONS_H
#define FRAME_CONTRACT_CONDITIONS_H

#include "params.h"

#include <stdio.h>

/* ATTNDYN_USAGE: `param`, which somebody has given by itself, has no effect, and which values would
 * give it one. values: those of a key in all runs (NULL: the one of `params`); returns how many. */
typedef size_t condition_values_fn(const void *user, const char *key, char *const **values);
enum attndyn_status condition_check(struct attndyn_context *ctx, const struct params *params,
                                    const struct param *param, condition_values_fn *values,
                                    const void *user);

/* Has it an effect under these values? One without a condition always has. */
bool condition_met(const struct params *params, const struct param *param);
/* ATTNDYN_RUN_FAILED where a condition names no other parameter, or a value that it never has. */
enum attndyn_status condition_sound(struct attndyn_context *ctx,
                                    const struct experiment *experiment, const struct param *param);
/* "data=file", "text left empty and (model given or seed given)". */
void condition_put(FILE *to, const char *only);

#endif
