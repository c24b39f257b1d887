/* The files that a run reads, as they were: a finished run does not stand for a text that has been
 * changed since. */
#ifndef FRAME_RUN_INPUTS_H
#define FRAME_RUN_INPUTS_H

#include "experiments/frame/contract/params.h"

#include <stdbool.h>
#include <stdio.h>

/* A line "key path: 123 bytes, fnv1a 0123456789abcdef" for each PARAM_FILE that names something; of
 * a folder, its splits (text_dataset.h), or where it has none all its files. "key path: away" where it cannot be read. "" if nothing is
 * named. Owned by the context. */
enum attndyn_status inputs_text(struct attndyn_context *ctx, const struct params *params,
                                char **text);
/* ATTNDYN_USAGE: what the parameter `key` names is a pipe or device: inputs are read twice, for
 * their hash and for their text. What is not there is said by who reads it. */
enum attndyn_status inputs_are_files(struct attndyn_context *ctx, const char *key,
                                     const char *path);
/* The same of all that the parameters name; *stamp: which files they are now, and of what time and
 * size, owned by the context. */
enum attndyn_status inputs_stamp(struct attndyn_context *ctx, const struct params *params,
                                 char **stamp);
/* One such line. */
enum attndyn_status inputs_line(struct attndyn_context *ctx, FILE *to, const char *key,
                                const char *path);

/* Does what was read (`held`) stand as far as one can see `now`? What is away cannot have another
 * say. */
bool inputs_agree(const char *held, const char *now);

#endif
