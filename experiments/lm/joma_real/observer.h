/* Attention logits against the reader's weights, in any layer of any rung, or of a published
 * network that has them; each head of a layer by itself. */
#ifndef LM_JOMA_REAL_OBSERVER_H
#define LM_JOMA_REAL_OBSERVER_H

#include "rungs.h"
#include "sim/model/transformer/checkpoint.h"

/* Attention logits z and what Theorem 1 makes of the weights, zhat, both by (query, key); rows
 * 0 .. queries - 1 are the queries watched, row `queries` is the sum over all queries. */
struct head_course {
    double *z, *z_start;             /* (queries + 1, keys); linear attention: z^2 */
    double *zhat, *zhat_start;       /* the same; constant mean attention, that of the start */
    double *track, *track_start;     /* the same; mean attention followed over time */
    double *readers, *readers_start; /* as zhat, the decoder a reader, too, where the stream goes */
    double *mean, *mean_start; /* (queries + 1, seen): mean attention of the queries to tokens */
    double *mean_before;       /* of the look before */
    double *sum[3];            /* (seen, a): mean query, key, value by token */
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
    double *count, *queried; /* (seen) */
    double *row;             /* (queries + 1): rows of attention counted */
    size_t units;            /* of the reader */
    const struct attndyn_parameter *decoder; /* NULL: not counted as a reader */
    double *contribution, *v, *weight;
    size_t heads;             /* of a layer */
    struct head_course *head; /* (layers, heads) */
    bool started;
};

/* What a published network must have for Theorem 1 to speak of it: logits that are a function of
 * the two tokens but for their positions (no rotary ones), and an MLP with one map that reads what
 * attention wrote. ATTNDYN_USAGE says which it lacks. */
enum attndyn_status observer_allows(struct attndyn_context *ctx, const char *path,
                                    const struct attndyn_transformer_config *config);
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
void observer_look(struct observer *o);

/* How well two changes agree after their means are removed; NaN if nothing changed. */
struct agreement {
    double nc;    /* cosine */
    double slope; /* of the prediction on what happened */
    double error; /* |prediction - what happened| / |what happened| */
};
struct agreement agreement_of(size_t n, const double *now, const double *start,
                              const double *predicted, const double *predicted_start);

#endif
