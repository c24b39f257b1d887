/* The tensors of a network on disk, from however many files. */
#ifndef ATTNDYN_MODEL_FOREIGN_STORE_H
#define ATTNDYN_MODEL_FOREIGN_STORE_H

#include "../../../data/safetensors.h"

struct attndyn_stored {
    struct attndyn_tensor tensor; /* its name without the family's prefix */
    const char *full;             /* its name in the file */
    const char *origin;           /* the file */
    bool used;
};
/* A file in memory, mapped or read. */
struct attndyn_store_file {
    const void *bytes;
    size_t length;
};
struct attndyn_store {
    struct attndyn_stored *tensors; /* sorted by name */
    size_t count;
    struct attndyn_store_file *files;
    size_t n_files;
};

/* The files of a folder as Hugging Face's libraries write it: model.safetensors, or the shards of
 * model.safetensors.index.json, mapped. What the index says must be so. ATTNDYN_NO_INPUT: neither
 * exists (for a folder of Python pickles the message tells how to convert it), malformed,
 * incomplete. */
enum attndyn_status attndyn_store_open(struct attndyn_context *ctx, const char *folder,
                                       struct attndyn_store *store);
/* The tensors of one file that was read. */
enum attndyn_status attndyn_store_of(struct attndyn_context *ctx,
                                     const struct attndyn_safetensors *file,
                                     struct attndyn_store *store);
/* Takes the first prefix of "a.|b." that a name begins with off it, and sorts. ATTNDYN_NO_INPUT
 * where two names become one. */
enum attndyn_status attndyn_store_strip(struct attndyn_context *ctx, struct attndyn_store *store,
                                        const char *prefixes);
/* The files will be read through now. */
void attndyn_store_read_ahead(const struct attndyn_store *store);
/* NULL: none of that name. */
struct attndyn_stored *attndyn_store_find(const struct attndyn_store *store, const char *name);

/* Of a pickle (path), and the folder that it lies in, twice. */
#define ATTNDYN_PICKLE_MESSAGE                                                                     \
    "%s is a Python pickle, which is never read here: convert it once by  python3 -c \"from "      \
    "transformers import AutoModelForCausalLM as M; "                                              \
    "M.from_pretrained('%s').save_pretrained('%s', safe_serialization=True)\""

/* Checks the text of an index and lists its files, each once, sorted by name. Names with a slash
 * are refused: an index may only name files of its own folder. */
enum attndyn_status attndyn_store_index(struct attndyn_context *ctx, const char *text,
                                        size_t length, const char *origin, const char ***files,
                                        size_t *count);

#endif
