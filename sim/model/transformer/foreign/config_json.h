/* A published config.json: its family, and the transformer that it describes. */
#ifndef ATTNDYN_MODEL_FOREIGN_CONFIG_JSON_H
#define ATTNDYN_MODEL_FOREIGN_CONFIG_JSON_H

#include "family.h"

/* The text of a config.json; `origin` names it in messages. *config is resolved; lists in it
 * (layer_map, layer_windows) are owned by ctx. Only these lists are allocated by sizes that the
 * file states, and `largest_layers` bounds them: a network has at least one tensor per layer.
 * ATTNDYN_NO_INPUT: malformed, of no family here, or asks for what the engine lacks, which is
 * named. */
enum attndyn_status attndyn_config_json(struct attndyn_context *ctx, const char *text,
                                        size_t length, const char *origin, size_t largest_layers,
                                        const struct attndyn_family **family,
                                        struct attndyn_transformer_config *config);
/* A whole number of a config.json that is not part of the network; -1: it is absent, no whole
 * number, negative or above `most`. */
enum attndyn_status attndyn_config_json_number(struct attndyn_context *ctx, const char *text,
                                               size_t length, const char *origin, const char *key,
                                               long long most, long long *number);

#endif
