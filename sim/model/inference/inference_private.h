/* The inside of inference: maps ready to multiply, lists of keys, a block of rows on its way. */
#ifndef ATTNDYN_MODEL_INFERENCE_PRIVATE_H
#define ATTNDYN_MODEL_INFERENCE_PRIVATE_H

#include "../../num/blas.h"
#include "../../num/gemv.h"
#include "inference.h"
#include "list_private.h"
#include "policy_private.h"

#ifdef ATTNDYN_DOUBLE
#define infer_gemm attndyn_gemm_strided
#else
#define infer_gemm attndyn_gemm_single
#endif

#define infer_map ATTNDYN_REAL_NAME(infer_map)
#define infer_block ATTNDYN_REAL_NAME(infer_block)
#define infer_piece ATTNDYN_REAL_NAME(infer_piece)
#define infer_masks ATTNDYN_REAL_NAME(infer_masks)
#define attndyn_infer_share ATTNDYN_REAL_NAME(attndyn_infer_share)
#define attndyn_infer_map_prepare ATTNDYN_REAL_NAME(attndyn_infer_map_prepare)
#define attndyn_infer_linear ATTNDYN_REAL_NAME(attndyn_infer_linear)
#define attndyn_infer_attend ATTNDYN_REAL_NAME(attndyn_infer_attend)
#define attndyn_infer_attend_masked ATTNDYN_REAL_NAME(attndyn_infer_attend_masked)
#define attndyn_infer_top ATTNDYN_REAL_NAME(attndyn_infer_top)
#define attndyn_infer_weigh ATTNDYN_REAL_NAME(attndyn_infer_weigh)
#define attndyn_infer_forward ATTNDYN_REAL_NAME(attndyn_infer_forward)
#define attndyn_infer_head ATTNDYN_REAL_NAME(attndyn_infer_head)
#define attndyn_infer_turns_create ATTNDYN_REAL_NAME(attndyn_infer_turns_create)
#define attndyn_infer_turns_at ATTNDYN_REAL_NAME(attndyn_infer_turns_at)
#define attndyn_infer_turns_ready ATTNDYN_REAL_NAME(attndyn_infer_turns_ready)
#define attndyn_infer_turn ATTNDYN_REAL_NAME(attndyn_infer_turn)
#define attndyn_infer_turn_keys ATTNDYN_REAL_NAME(attndyn_infer_turn_keys)

/* y = W x + b: W as the weights have it, or as bytes. */
struct infer_map {
    struct attndyn_matrix weight;
    const attndyn_real *bias; /* (out), or NULL */
    int8_t *bytes;            /* (out, in), or NULL */
    float *scale;             /* (out) */
};
struct infer_block {
    struct infer_map query, key, value, output, gate, up, down;
};

/* Consecutive tokens of one stream in the block at hand. */
struct infer_piece {
    size_t stream, row, count; /* rows [row, row + count) */
    uint64_t position;         /* of the first, in the stream */
};

/* Queries whose weights are held at a time, at most. */
enum { INFER_QUERIES = 64 };

struct attndyn_inference {
    const struct attndyn_weights *weights;
    const struct attndyn_transformer_config *config;
    struct attndyn_cache cache;
    const struct infer_policy *policy;
    const struct attndyn_gemv *gemv;
    bool masked;
    size_t streams, capacity, slots, block, threads;
    size_t cache_bytes, scratch_bytes, weight_bytes;
    struct infer_block *maps; /* (blocks) */
    struct infer_map decoder, project_in, project_out;
    struct infer_list *list;                /* (streams, layers, G) */
    uint64_t *fed;                          /* (streams) */
    struct attndyn_inference_counts counts; /* of tokens and logits; the lists have the others */
    struct attndyn_inference_hooks hooks;

    /* RoPE: angles of positions below `turned` (turned, half, 2): cos, sin; and by coordinate, of
     * ranks, (half, ranks) each, where keys turn by their ranks */
    size_t half, turned, ranks;
    attndyn_real *turns, *rank_cos, *rank_sin;
    double *frequency; /* (half): the angle of position 1 */

    /* the block at hand */
    size_t rows, pieces;
    struct infer_piece *piece;        /* (streams) */
    uint32_t *token;                  /* (block) */
    uint64_t *place;                  /* (block): each token's place in the model's positions */
    double *starts;                   /* (block, G): scores that keys start with */
    bool *wanted;                     /* (block): its logits */
    attndyn_real *x, *normed, *mid;   /* (block, d) */
    attndyn_real *narrow;             /* (block, e), where e is not d */
    attndyn_real *qkv;                /* (block, (H + 2 G) a) */
    attndyn_real *context;            /* (block, H a) */
    attndyn_real *gate, *up, *hidden; /* (block, h) */
    attndyn_real *stats;              /* (block, 2) */
    attndyn_real *logits;             /* (head_rows, O) */
    attndyn_real *angles;             /* (block, half, 2): those that no table has */
    const attndyn_real **row_turns;   /* (block): the angles of each row */
    attndyn_real *sink_query;         /* (block, H a): queries as sinks see them; or NULL */
    size_t head_rows;
    /* each thread's own: rows of a matrix that is widened; weights of the queries at hand, their
     * sums over the heads of a group; keys that were turned; scores of a band's
     * sinks */
    size_t widened_each, weights_each, band_each, queries;
    attndyn_real *widened, *attention, *sums, *turned_keys, *band;
    double *mask_score; /* (threads, capacity), masked */
    bool *mask_kept;    /* (threads, capacity) */
};

static inline struct infer_list *infer_list_of(const struct attndyn_inference *s, size_t stream,
                                               size_t layer, size_t kv_head) {
    return &s->list[(stream * s->config->layers + layer) * s->config->kv_heads + kv_head];
}
static inline size_t infer_qkv_width(const struct attndyn_transformer_config *c) {
    return (c->heads + 2 * c->kv_heads) * c->head_width;
}
/* What the oracle knows when token t comes, by position; NULL without an oracle. */
static inline const double *infer_future(const struct attndyn_inference *s, size_t layer, size_t g,
                                         uint64_t t) {
    const struct attndyn_cache *c = &s->cache;
    if (!c->future) return NULL;
    return c->future + ((layer * s->config->kv_heads + g) * c->length + (size_t)t) * c->length;
}
/* A key's place in the model's positions is its rank, rather than its position in the stream. */
static inline bool infer_by_rank(const struct attndyn_inference *s) {
    return s->cache.positions == ATTNDYN_CACHE_RANKS;
}
/* Keys turn by their ranks whenever they are looked at, rather than once, as they come, by their
 * positions. Rotary positions are relative: of a run of consecutive tokens both give the same. */
static inline bool infer_keys_turn(const struct attndyn_inference *s) {
    return s->half && infer_by_rank(s) && !s->policy->run;
}
/* Where keys have turned by their positions but sinks are nearer by rank, sinks are looked at by a
 * query of their own, turned by the newest rank. `position`: of the query. */
static inline bool infer_sinks_apart(const struct attndyn_inference *s, uint64_t position) {
    return s->sink_query && position >= s->slots;
}

/* share.c: body(inference, user, i, thread) for i < count, by all threads if that is worth starting
 * them. */
typedef void infer_body(struct attndyn_inference *s, const void *user, size_t i, size_t thread);
void attndyn_infer_share(struct attndyn_inference *s, bool worth, size_t count, infer_body *body,
                         const void *user);

/* map.c */
enum attndyn_status attndyn_infer_map_prepare(struct attndyn_context *ctx,
                                              struct attndyn_inference *s,
                                              const struct attndyn_weights_linear *from, bool bytes,
                                              struct infer_map *map);
/* y (rows, out; ldy) = x (rows, in; ldx) W^T + b */
void attndyn_infer_linear(struct attndyn_inference *s, const struct infer_map *map, size_t rows,
                          const attndyn_real *x, size_t ldx, attndyn_real *y, size_t ldy);

/* turn.c: RoPE. Tables for positions below `positions`, and for so many ranks, by coordinate, too,
 * where keys turn by them. */
enum attndyn_status attndyn_infer_turns_create(struct attndyn_context *ctx,
                                               struct attndyn_inference *s, size_t positions,
                                               size_t ranks);
/* The angles of the block's rows, for all layers. */
void attndyn_infer_turns_ready(struct attndyn_inference *s);
/* (half, 2): cos and sin of a position's angles; into `room` where no table has them. */
const attndyn_real *attndyn_infer_turns_at(const struct attndyn_inference *s, uint64_t position,
                                           attndyn_real *room);
/* One head's query or key (a), in place. */
void attndyn_infer_turn(const struct attndyn_inference *s, const attndyn_real *turns,
                        attndyn_real *x);
/* to (a, ld) = the list's keys, each turned by its rank. */
void attndyn_infer_turn_keys(const struct attndyn_inference *s, const struct infer_list *list,
                             attndyn_real *to, size_t ld);

/* weigh.c: scores x (n) into attention weights, in place, but for a factor that is returned; top:
 * what is taken from the scores of a softmax, as attndyn_infer_top has it. Of x there are `room`
 * numbers, those behind n scratch. */
attndyn_real attndyn_infer_top(const struct attndyn_transformer_config *c, size_t n,
                               attndyn_real *x, size_t room);
attndyn_real attndyn_infer_weigh(const struct attndyn_transformer_config *c, size_t n,
                                 attndyn_real *x, size_t room, attndyn_real top);
/* attend.c, masked.c: context from qkv, and what the lists keep. */
void attndyn_infer_attend(struct attndyn_inference *s, size_t layer);
void attndyn_infer_attend_masked(struct attndyn_inference *s, size_t layer);
/* forward.c: the block at hand through all layers; s->x is what leaves the last. */
void attndyn_infer_forward(struct attndyn_inference *s);
/* Logits of n of the rows of s->x, which are overwritten; s->logits (n, O), n <= head_rows. */
void attndyn_infer_head(struct attndyn_inference *s, const size_t *rows, size_t n);

#endif
