/* llama2.c's files: a header of a few numbers, then all weights in a fixed order. */
#ifndef ATTNDYN_MODEL_FOREIGN_LLAMA2C_H
#define ATTNDYN_MODEL_FOREIGN_LLAMA2C_H

#include "../config.h"
#include "store.h"

/* A file in memory, versions 0 and 1; the tensors, under the engine's own names, point into
 * `bytes`. *config is resolved. ATTNDYN_NO_INPUT: no such file, of another version (2 is
 * quantised), or not of the length that its header says. */
enum attndyn_status attndyn_llama2c_parse(struct attndyn_context *ctx, const void *bytes,
                                          size_t length, const char *origin,
                                          struct attndyn_store *store,
                                          struct attndyn_transformer_config *config);

#endif
