/* A family of published networks, described: what the keys of its config.json mean and what its
 * tensors are called. The same description serves reading and writing; no code is specific to a
 * family. */
#ifndef ATTNDYN_MODEL_FOREIGN_FAMILY_H
#define ATTNDYN_MODEL_FOREIGN_FAMILY_H

#include "../config.h"

/* What the value of a key means. `otherwise`, as JSON, is the value of an absent key; NULL: the key
 * must be there. A null size is 0. */
enum attndyn_key_kind {
    ATTNDYN_KEY_SIZE,
    ATTNDYN_KEY_REAL,
    ATTNDYN_KEY_FLAG,
    ATTNDYN_KEY_NOT,        /* a flag, the other way round */
    ATTNDYN_KEY_HIDDEN,     /* the hidden width; null or absent: 4 d */
    ATTNDYN_KEY_ACTIVATION, /* of the MLP, by its published name */
    ATTNDYN_KEY_PRE_NORM,   /* true: pre-norm; false: post-norm without a last norm */
    ATTNDYN_KEY_SCALED,     /* false: q.k is not scaled */
    ATTNDYN_KEY_TIES,       /* a flag that ties the decoder and overrides other keys */
    ATTNDYN_KEY_REPEATS,    /* true: each block is used twice in a row */
    ATTNDYN_KEY_KINDS       /* [[["global", "local"], n], ...]: which layers have the window */
};
struct attndyn_family_key {
    const char *names; /* "n_embd|hidden_size": the first that is there */
    enum attndyn_key_kind kind;
    size_t offset; /* in attndyn_transformer_config, of sizes, reals and flags */
    const char *otherwise;
};

/* How a weight is stored. */
enum attndyn_form {
    ATTNDYN_FORM_PLAIN,      /* (out, in) */
    ATTNDYN_FORM_TRANSPOSED, /* (in, out) */
    ATTNDYN_FORM_THIRD,      /* (in, 3 out): queries, keys, values side by side, transposed */
    ATTNDYN_FORM_BY_HEAD     /* (3 H a, in): head by head its query, key and value */
};
struct attndyn_family_tensor {
    const char *ours, *theirs; /* without .weight or .bias; # is the block's number */
    enum attndyn_form form;
    size_t part; /* of a third or a head: 0 query, 1 key, 2 value */
};

/* A key that is refused unless it is absent, null, or this (as JSON). */
struct attndyn_family_refusal {
    const char *key, *fine, *why;
};

struct attndyn_family {
    const char *name;
    const char *types;        /* "llama|mobilellm": values of model_type */
    const char *architecture; /* what export writes under "architectures" */
    const char *prefix;       /* "model.decoder.|decoder.": stands before names, or does not; export
                                 writes the first */
    struct attndyn_transformer_config base; /* what no key says */
    /* Each ends with an entry of NULL. */
    const struct attndyn_family_key *keys;
    const struct attndyn_family_tensor *tensors;
    const struct attndyn_family_refusal *refused;
    const char *const *ignored; /* shell patterns of buffers that are no weights */
};

/* All of them; ends with an entry whose name is NULL. */
extern const struct attndyn_family attndyn_families[];
/* The family of a model_type, or by its own name; NULL: none. */
const struct attndyn_family *attndyn_family_find(const char *model_type);

#endif
