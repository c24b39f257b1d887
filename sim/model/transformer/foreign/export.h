/* A network of ours in a published family's own files: config.json and model.safetensors, which the
 * family's libraries read. */
#ifndef ATTNDYN_MODEL_FOREIGN_EXPORT_H
#define ATTNDYN_MODEL_FOREIGN_EXPORT_H

#include "../weights.h"

#define attndyn_model_export ATTNDYN_REAL_NAME(attndyn_model_export)

/* `family`: "llama", "gpt2", ... (family.c). `dtype`: ATTNDYN_F32, ATTNDYN_F16 or ATTNDYN_BF16, to
 * which numbers are rounded to nearest. The folder is made; files of that name are replaced, each
 * whole. Rotary positions on interleaved pairs (llama2.c) are written on halves where the family
 * has those: the rows of the queries' and keys' maps change places, and every logit stays. Memory
 * for a copy of the network is taken: bracket with marks.
 *
 * ATTNDYN_USAGE: no such family, or its config cannot express this network's, in which case the
 * first such field is named. Settings of the training alone (dropout, initialisation) are not
 * written. ATTNDYN_IO. */
enum attndyn_status attndyn_model_export(struct attndyn_context *ctx,
                                         const struct attndyn_weights *weights, const char *family,
                                         enum attndyn_dtype dtype, const char *folder);

#endif
