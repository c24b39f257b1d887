/* A training in a file (safetensors, data/safetensors.h): a model's parameters by their names, an
 * optimiser's moments as "optimizer.<moment>.<parameter>", a caller's own sums as "run.<name>"; in
 * the metadata the config's text, counters as strings of digits, and a text of the caller's.
 *
 * What is read is bit for bit what was written: weights are F32 in single precision, F64 in double,
 * and one is not read as the other.
 */
#ifndef ATTNDYN_MODEL_CHECKPOINT_H
#define ATTNDYN_MODEL_CHECKPOINT_H

#include "../../data/safetensors.h"
#include "../../num/optim/optimizer.h"
#include "transformer.h"

#define attndyn_checkpoint ATTNDYN_REAL_NAME(attndyn_checkpoint)
#define attndyn_checkpoint_intact ATTNDYN_REAL_NAME(attndyn_checkpoint_intact)
#define attndyn_checkpoint_write ATTNDYN_REAL_NAME(attndyn_checkpoint_write)
#define attndyn_checkpoint_read ATTNDYN_REAL_NAME(attndyn_checkpoint_read)

struct attndyn_checkpoint_array {
    const char *name;
    double *values; /* (count) */
    size_t count;
};
struct attndyn_checkpoint_counter {
    const char *name;
    uint64_t *value;
};

struct attndyn_checkpoint {
    struct attndyn_transformer *model;
    /* Further tensors "adapter.<name>", of which only name, shape and value are read. */
    struct attndyn_parameter *further;
    size_t n_further;
    struct attndyn_optimizer *optimizer; /* NULL: the model alone; read: moments are passed over */
    const struct attndyn_checkpoint_counter *counters;
    size_t n_counters;
    const struct attndyn_checkpoint_array *arrays;
    size_t n_arrays;
    const char *text; /* UTF-8, or NULL; read: set, owned by ctx */
};

/* Returns ATTNDYN_NO_INPUT if the checkpoint differs from what was written, in any bit. */
enum attndyn_status attndyn_checkpoint_intact(struct attndyn_context *ctx,
                                              const struct attndyn_safetensors *file);
/* Written whole (temporary and rename), without a copy of the tensors. */
enum attndyn_status attndyn_checkpoint_write(struct attndyn_context *ctx,
                                             const struct attndyn_checkpoint *checkpoint,
                                             const char *path);
/* Fills model, optimiser, counters and arrays, all of them or none. ATTNDYN_USAGE for a checkpoint
 * of another config (the first difference is named) or another precision, ATTNDYN_NO_INPUT for a
 * file that is none or lacks something. Memory of the file's size is taken: bracket with marks. */
enum attndyn_status attndyn_checkpoint_read(struct attndyn_context *ctx,
                                            struct attndyn_checkpoint *checkpoint,
                                            const char *path);

#endif
