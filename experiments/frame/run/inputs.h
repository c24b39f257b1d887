/* Fingerprints of the files that a run reads: a finished run is not reused after a text has
 * changed. */
#ifndef FRAME_RUN_INPUTS_H
#define FRAME_RUN_INPUTS_H

#include "experiments/frame/contract/params.h"

#include <stdbool.h>
#include <stdio.h>

/* A line "key path: 123 bytes, fnv1a 0123456789abcdef" for each PARAM_FILE that names something; of
 * a folder, its splits (text_dataset.h), or where it has none all its files. "key path: away" where
 * it cannot be read. "" if nothing is named. Owned by the context. */
enum attndyn_status inputs_text(struct attndyn_context *ctx, const struct params *params,
                                char **text);
/* ATTNDYN_USAGE: what the parameter `key` names is a pipe or device: inputs are read twice, for
 * their hash and for their text. A missing file is reported by whoever reads it. */
enum attndyn_status inputs_are_files(struct attndyn_context *ctx, const char *key,
                                     const char *path);
/* The same for all files that the parameters name; *stamp: their identity, time and size now, owned
 * by the context. */
enum attndyn_status inputs_stamp(struct attndyn_context *ctx, const struct params *params,
                                 char **stamp);
/* One such line. */
enum attndyn_status inputs_line(struct attndyn_context *ctx, FILE *to, const char *key,
                                const char *path);

/* Are the inputs `now` the ones that were read (`held`)? A file that is missing now is not
 * compared. */
bool inputs_agree(const char *held, const char *now);

#endif
