/* Weights of a config from the tensors of a store. */
#ifndef ATTNDYN_MODEL_FOREIGN_BIND_H
#define ATTNDYN_MODEL_FOREIGN_BIND_H

#include "family.h"
#include "model.h"
#include "store.h"

#define attndyn_model_bind ATTNDYN_REAL_NAME(attndyn_model_bind)

/* Fills model->weights and the model's counts. `family` NULL: the tensors have the engine's own
 * names. `ignored`: shell patterns of further names that are no weights, ends with NULL. The config
 * must be resolved, and its layers no more than the store has tensors. */
enum attndyn_status attndyn_model_bind(struct attndyn_context *ctx, struct attndyn_store *store,
                                       const struct attndyn_family *family,
                                       const char *const *ignored,
                                       const struct attndyn_transformer_config *config,
                                       struct attndyn_model *model);

#endif
