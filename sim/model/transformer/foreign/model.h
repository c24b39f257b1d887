/* A trained network from disk, as it was published or as one of our trainings left it: its weights,
 * ready to run.
 *
 * Matrices stay in the mapped file and are used as stored; vectors are copied. Only a matrix whose
 * numbers are not aligned in its file is copied, too. */
#ifndef ATTNDYN_MODEL_FOREIGN_MODEL_H
#define ATTNDYN_MODEL_FOREIGN_MODEL_H

#include "../transformer.h"

#define attndyn_model ATTNDYN_REAL_NAME(attndyn_model)
#define attndyn_model_describe ATTNDYN_REAL_NAME(attndyn_model_describe)
#define attndyn_model_open ATTNDYN_REAL_NAME(attndyn_model_open)

struct attndyn_model {
    struct attndyn_weights weights;
    const char *family; /* "llama", ... (family.c); "llama2.c"; "attndyn": our own checkpoint */
    const char *origin; /* the path that was given */
    size_t numbers;     /* weights, each once */
    size_t mapped;      /* bytes of matrices in mapped files */
    size_t copied;      /* bytes of vectors and of matrices that had to be copied */
    size_t transposed;  /* matrices that are stored (in, out) */
    size_t fused;       /* matrices that are stored head by head */
    uint32_t bos; /* the token of the beginning by the config (1 in llama2.c's files), where no
                     tokenizer says; ATTNDYN_MODEL_NO_TOKEN: none, or beyond the vocabulary */
};
#define ATTNDYN_MODEL_NO_TOKEN UINT32_MAX

/* `path`: a folder with config.json and model.safetensors (or shards and their index), as Hugging
 * Face's libraries write them; a file of llama2.c, version 0 or 1; a checkpoint of ours. A
 * .safetensors file beside a config.json stands for its folder. Reads headers and vectors alone.
 * Owned by ctx, to which the mapped files belong, too.
 *
 * ATTNDYN_NO_INPUT: missing, incomplete or damaged files; tensors that are missing, unknown, or of
 * another shape than the config says; a config of an unknown family, or with features that the
 * engine lacks; Python pickles (the message has the command that converts them). */
enum attndyn_status attndyn_model_open(struct attndyn_context *ctx, const char *path,
                                       struct attndyn_model **model);
/* One line for messages and records: family, weights, what is mapped and what is copied, what is
 * stored otherwise than (out, in). Owned by ctx; NULL: out of memory. */
char *attndyn_model_describe(struct attndyn_context *ctx, const struct attndyn_model *model);

#endif
