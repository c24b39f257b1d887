/* What attend.c and band.c share: the work of one (piece of a stream, key-value head). */
#ifndef ATTNDYN_MODEL_INFERENCE_ATTEND_PRIVATE_H
#define ATTNDYN_MODEL_INFERENCE_ATTEND_PRIVATE_H

#include "inference_private.h"

#define infer_head ATTNDYN_REAL_NAME(infer_head)
#define attndyn_infer_enter ATTNDYN_REAL_NAME(attndyn_infer_enter)
#define attndyn_infer_show_keys ATTNDYN_REAL_NAME(attndyn_infer_show_keys)
#define attndyn_infer_has_band ATTNDYN_REAL_NAME(attndyn_infer_has_band)
#define attndyn_infer_band ATTNDYN_REAL_NAME(attndyn_infer_band)

/* What a (piece, key-value head) works with. */
struct infer_head {
    const struct infer_piece *piece;
    struct infer_list *list;
    size_t layer, kv_head, each, window; /* each: query heads of the group */
    attndyn_real *weights, *sums, *turned, *band;
    const attndyn_real *keys; /* (a, ld), turned */
    size_t ld;
};

static inline attndyn_real *infer_query_of(const struct attndyn_inference *s,
                                           const struct infer_head *h, size_t row, size_t e) {
    const struct attndyn_transformer_config *c = s->config;
    return s->qkv + row * infer_qkv_width(c) + (h->kv_head * h->each + e) * c->head_width;
}
static inline attndyn_real *infer_context_of(const struct attndyn_inference *s,
                                             const struct infer_head *h, size_t row, size_t e) {
    const struct attndyn_transformer_config *c = s->config;
    return s->context + (row * c->heads + h->kv_head * h->each + e) * c->head_width;
}
/* The same query as sinks see it (infer_sinks_apart). */
static inline attndyn_real *infer_sink_query_of(const struct attndyn_inference *s,
                                                const struct infer_head *h, size_t row, size_t e) {
    const struct attndyn_transformer_config *c = s->config;
    return s->sink_query + (row * c->heads + h->kv_head * h->each + e) * c->head_width;
}
static inline void infer_scaled(size_t n, attndyn_real factor, const attndyn_real *from,
                                attndyn_real *to) {
    for (size_t x = 0; x < n; x++) to[x] = factor * from[x];
}

/* The key of a row enters the list; turned before unless keys turn by their ranks. */
void attndyn_infer_enter(const struct attndyn_inference *s, struct infer_head *h, size_t row);
/* The keys of the list as the queries at hand see them. */
void attndyn_infer_show_keys(const struct attndyn_inference *s, struct infer_head *h);

/* band.c: rows of a full list, where every query sees the sinks and a band of the newest keys. */
bool attndyn_infer_has_band(const struct attndyn_inference *s, const struct infer_head *h);
void attndyn_infer_band(const struct attndyn_inference *s, struct infer_head *h);

#endif
