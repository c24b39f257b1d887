/* How families of networks write themselves down: written from their own libraries' files, not from
 * the table by which they are read. */
#ifndef LM_FAMILIES_PUBLISHED_H
#define LM_FAMILIES_PUBLISHED_H

#include "experiments/lm/shared/plain.h"
#include "families.h"
#include "sim/data/safetensors.h"

enum form {
    FORM_ROWS,    /* (out, in) */
    FORM_COLUMNS, /* (in, out): Conv1D */
    FORM_SIDES,   /* (in, 3 out): queries, keys, values side by side */
    FORM_HEADS    /* (3 out, in): head by head its query, key and value */
};
struct place {
    const char *ours, *theirs; /* # stands for the layer; without .weight and .bias */
    enum form form;
};
struct published {
    const char *name;
    const char *config;         /* the text of config.json; NULL: a file of llama2.c */
    const char *prefix;         /* before all names but that of the head */
    const struct place *places; /* ends with NULL */
    struct attndyn_transformer_config definition;
    void (*falsify)(struct attndyn_transformer_config *definition);
    enum attndyn_dtype kind;
    size_t shards;       /* 0: one file without an index */
    bool odd;            /* the numbers begin at an odd byte */
    const char *buffer;  /* a tensor that is no weight, or NULL */
    const char *rewrite; /* the family it is written anew as, or NULL */
    int version;         /* llama2.c's */
};
/* Ends with an entry whose name is NULL. */
extern const struct published published[];

/* What is wrong with a file on purpose. */
enum damage {
    DAMAGE_NONE,
    DAMAGE_UNKNOWN, /* a tensor more */
    DAMAGE_MISSING, /* one less */
    DAMAGE_SHAPE,   /* one is a row longer */
    DAMAGE_HALF,    /* the file ends early */
    DAMAGE_INDEX    /* the index puts a tensor into another shard */
};
/* Random numbers, multiples of 1/64 below 2: exact in every kind. */
enum attndyn_status published_draw(struct attndyn_context *ctx, const struct families *p,
                                   const struct published *family, struct plain **network,
                                   uint32_t **tokens);
/* Writes the network into the folder; `config` in place of its own where it is not NULL. *matrices:
 * bytes of numbers in matrices. */
enum attndyn_status published_write(struct attndyn_context *ctx, const struct published *family,
                                    const struct plain *network, const char *config,
                                    enum damage damage, const char *folder, size_t *matrices);
/* What is opened: the folder, or the file in it. */
char *published_path(struct attndyn_context *ctx, const struct published *family,
                     const char *folder);

#endif
