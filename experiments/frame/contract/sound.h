/* What the compiler cannot see of an experiment's struct, looked at when the program starts. */
#ifndef FRAME_CONTRACT_SOUND_H
#define FRAME_CONTRACT_SOUND_H

#include "experiment.h"

/* ATTNDYN_RUN_FAILED unless every id is its path (one for each), every experiment has a preset
 * `quick`, no table, preset or figure of it stands twice, presets and conditions name parameters
 * and conditions values that these can have, no check id is used twice, and {bound} stands in
 * sentences of checks that have one. The message names the offender. Nothing is allocated. */
enum attndyn_status sound_check(struct attndyn_context *ctx, const struct experiment *const *all,
                                const char *const *paths, size_t count);

#endif
