#ifndef ATTNDYN_MODEL_FOREIGN_EXPORT_CONFIG_H
#define ATTNDYN_MODEL_FOREIGN_EXPORT_CONFIG_H

#include "family.h"

/* The config.json of a network of the family: text owned by ctx. It is read back and compared:
 * ATTNDYN_USAGE if it cannot express the config; the first such field is named. `dtype` is what
 * "torch_dtype" says. */
enum attndyn_status attndyn_config_json_write(struct attndyn_context *ctx,
                                              const struct attndyn_family *family,
                                              const struct attndyn_transformer_config *config,
                                              const char *dtype, char **text);

#endif
