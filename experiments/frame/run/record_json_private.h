/* Parts of records that catalogue.c writes too. Include where jansson is included. */
#ifndef FRAME_RUN_RECORD_JSON_PRIVATE_H
#define FRAME_RUN_RECORD_JSON_PRIVATE_H

#include "experiments/frame/contract/experiment.h"

#include <jansson.h>

json_t *record_text(const char *text);
json_t *record_real(double x);
/* Returns value if it has this size; otherwise frees it and returns NULL: jansson silently leaves
 * out what it has no memory for. */
json_t *record_whole(json_t *value, size_t size);
json_t *record_program(void);
/* {id, experiment, claim, source, kind, fails_if, origin[, statement, hypotheses]} */
json_t *record_check(const struct experiment *experiment, const struct check *check);
/* Takes the reference to `root`; "-" is stdout. */
enum attndyn_status record_write_json(struct attndyn_context *ctx, json_t *root, const char *path);

#endif
