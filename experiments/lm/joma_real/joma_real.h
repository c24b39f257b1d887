/* lm/joma-real: a ladder of networks, from the one of JoMA's Theorem 1 to a real one. */
#ifndef LM_JOMA_REAL_JOMA_REAL_H
#define LM_JOMA_REAL_JOMA_REAL_H

#include "experiments/lm/shared/text_training.h"

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
    bool adam;      /* else SGD */
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

/* The network of a rung, its start and its optimiser in t. */
enum attndyn_status rung_prepare(struct attndyn_context *ctx, const struct params *p,
                                 const struct rung *rung, struct text_model *t);

/* Attention logits z and what Theorem 1 makes of the weights, zhat, both by (query, key); rows
 * 0 .. queries - 1 are the queries watched, row `queries` is the sum over all queries. */
struct layer_course {
    double *z, *z_start;             /* (queries + 1, keys); linear attention: z^2 */
    double *zhat, *zhat_start;       /* the same; constant mean attention, that of the start */
    double *track, *track_start;     /* the same; mean attention followed over time */
    double *readers, *readers_start; /* as zhat, the decoder a reader, too, where the stream goes */
    double *mean, *mean_start; /* (queries + 1, seen): mean attention of the queries to tokens */
    double *second;            /* (queries + 1, seen): int mean d(total) */
    double total;              /* sum of v^2 over tokens and units */
    double *square;            /* (seen): sum of v^2 over the units */
    double *all_square, all_total; /* the decoder's rows among them */
};

struct observer {
    const struct rung *rung;
    struct text_model *t;
    struct query_windows *windows; /* NULL: the columns of the text */
    size_t batches;                /* of the probe */
    size_t keys, queries, seen;
    uint32_t *slot;          /* (V): the place of a token among those seen, or NONE */
    uint32_t *key, *query;   /* (keys), (queries): tokens watched, by falling frequency */
    double *sum[3];          /* (seen, d): query, key, value */
    double *count, *queried; /* (seen) */
    double *row;             /* (queries + 1): rows of attention counted */
    size_t units;            /* of the reader */
    struct attndyn_parameter *decoder;
    double *contribution, *v, *weight;
    struct layer_course *layer; /* (layers) */
    bool started;
};

/* Finds the tokens to watch on the probe's batches. */
enum attndyn_status observer_create(struct attndyn_context *ctx, const struct rung *rung,
                                    struct text_model *t, struct query_windows *windows,
                                    size_t batches, size_t keys, size_t queries,
                                    struct observer *o);
/* What a look needs of the looks before it, by name, for a checkpoint: (observer_arrays). */
size_t observer_arrays(const struct observer *o);
enum attndyn_status observer_name_arrays(struct attndyn_context *ctx, struct observer *o,
                                         struct attndyn_checkpoint_array *arrays);
/* Measures every layer; the first call is the start. */
enum attndyn_status observer_look(struct attndyn_context *ctx, struct observer *o);

/* How two changes agree, their means removed; NaN where nothing happened. */
struct agreement {
    double nc;    /* cosine */
    double slope; /* of the prediction on what happened */
    double error; /* |prediction - what happened| / |what happened| */
};
struct agreement agreement_of(size_t n, const double *now, const double *start,
                              const double *predicted, const double *predicted_start);

/* The discrete form of the invariant, followed step by step on the exact rungs:
 *     exp:    sum_m z - (1/2) sum_k v^2  changes by  -(1/2) sum_k (step of v)^2
 *     linear: z^2 - sum_k v^2            changes by  (step of z)^2 - sum_k (step of v)^2       */
struct ledger {
    struct attndyn_parameter *w, *z;
    bool linear;
    uint32_t query; /* row of z; UINT32_MAX: all rows, summed */
    double *old_w;  /* (rows, V) */
    double *old_z, *new_z, *start, *z_start, *predicted; /* (V) */
};
enum attndyn_status ledger_create(struct attndyn_context *ctx, const struct rung *rung,
                                  struct text_model *t, uint32_t query, struct ledger *ledger);
/* What it keeps of the steps made: (LEDGER_ARRAYS). */
enum { LEDGER_ARRAYS = 3 };
void ledger_name_arrays(struct ledger *ledger, struct attndyn_checkpoint_array *arrays);
/* The weights were taken up from a checkpoint: no step is counted for it. */
void ledger_take(struct ledger *ledger);
/* After a step. */
void ledger_step(struct ledger *ledger);
/* z - sum v^2/2, or z^2 - sum v^2, of a token now. */
double ledger_constant(const struct ledger *ledger, size_t token);
/* Over tokens but `query`: the largest |drift - predicted|, |drift| and |change of z or z^2|. */
void ledger_close(const struct ledger *ledger, double *off, double *drift, double *moved);

/* A column of the last row of a rung's layer in the table course. */
double joma_real_last(const struct results *r, const char *rung, long layer, const char *column);

extern const struct check *const joma_real_checks[];

#endif
