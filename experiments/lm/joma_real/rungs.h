/* The ladder's networks: from the one of JoMA's Theorem 1 to a real one. */
#ifndef LM_JOMA_REAL_RUNGS_H
#define LM_JOMA_REAL_RUNGS_H

#include "joma_real.h"

/* A rung: what its network and training have. */
struct rung {
    const char *name;
    const char *adds; /* what is new, in words */
    enum attndyn_attention attention;
    bool mlp;       /* v is read by a ReLU layer with a decoder behind; else by the decoder */
    bool all;       /* every position is a query; else only the last, always the same token */
    bool stream;    /* the residual stream passes attention and MLP */
    bool deep;      /* `layers` layers, else one */
    bool maps;      /* query, value and output maps are trained, not only the key map */
    bool norm;      /* LayerNorm after each sublayer */
    bool adam;      /* the optimiser, and what moves, by the parameters; else all by SGD */
    bool embedding; /* trained; else the identity */
    bool wlm;       /* width d, positions, dropout, biases: the encoder of lm/wikitext-entropy */
    bool exact;     /* Theorem 1 holds up to the step size */
};
enum { RUNGS = 14 };
extern const struct rung rungs[RUNGS];

/* Sequences that end in one token, their targets the token that follows. */
struct query_windows {
    const struct attndyn_tokens *text;
    uint32_t query;
    size_t sequences, length;
    uint64_t seed;
    size_t count;
    uint32_t *end;              /* (count): positions of the query with a full window before it */
    uint32_t *inputs, *targets; /* of the batch that was made last */
};
enum attndyn_status query_windows_create(struct attndyn_context *ctx,
                                         const struct attndyn_tokens *text, uint32_t query,
                                         const char *name, size_t sequences, size_t length,
                                         uint64_t seed, struct query_windows *w);
/* Batch i: any of the windows, equally likely, a function of (seed, i). */
struct attndyn_batch query_windows_batch(struct query_windows *w, uint64_t i);

/* The rung's name; that of the rung `adam` is the optimiser's. */
const char *rung_name(const struct joma_real *p, const struct rung *rung);
/* The network of a rung, its start and its optimiser in t. */
enum attndyn_status rung_prepare(const struct trial *run, const struct joma_real *p,
                                 const struct rung *rung, struct text_model *t);

/* The last row of a rung's layer in the table course. */
struct course rung_last(const struct trial *run, const char *rung, long layer);

#endif
