/* A window and StreamingLLM in blocks. Which keys leave does not depend on what is attended to, so
 * a block of queries can be served at once: its keys all enter a list that may hold more than
 * `slots` for so long, every query sees the sinks and a band of the newest keys of it, and then the
 * oldest behind the sinks leave. Products for BLAS, as where nothing leaves.
 *
 * Keys and queries have turned by their places in the stream: in the band, differences of places
 * are those of ranks. The sinks' distance is not, where positions are ranks: queries that have lost
 * keys look at them turned by the place slots - 1.
 */
#include "attend_private.h"

#include <string.h>

bool attndyn_infer_has_band(const struct attndyn_inference *s, const struct infer_head *h) {
    return h->window == 0 &&
           (s->cache.policy == ATTNDYN_CACHE_WINDOW || s->cache.policy == ATTNDYN_CACHE_STREAMING);
}

/* A block: the ranks of its queries' own keys are first, first + 1, ... */
struct block {
    size_t row, queries, first, keys; /* keys: in the list, those of the block included */
    attndyn_real *sinks;              /* (queries, sinks): scores */
};

/* Scores of one head into w (queries, room), those of the sinks as their distance wants them. */
static void score(const struct attndyn_inference *s, const struct infer_head *h,
                  const struct block *b, size_t e, attndyn_real *w) {
    const struct attndyn_transformer_config *c = s->config;
    const size_t a = c->head_width, room = h->list->room, sinks = s->cache.sinks;
    const attndyn_real scale = (attndyn_real)c->attention_scale;
    infer_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, b->queries, b->keys, a, scale,
               infer_query_of(s, h, b->row, e), infer_qkv_width(c), h->keys, h->ld, 0, w, room);
    if (!s->sink_query) return;
    infer_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, b->queries, sinks, a, scale,
               infer_sink_query_of(s, h, b->row, e), c->heads * a, h->keys, h->ld, 0, b->sinks,
               sinks);
    for (size_t q = 0; q < b->queries; q++)
        if (b->first + q >= s->slots) memcpy(w + q * room, b->sinks + q * sinks, sinks * sizeof *w);
}

/* ALiBi: w (count), of the keys from rank `from` on, for a query at `place`. */
static void less_by_distance(const struct attndyn_inference *s, const struct infer_head *h,
                             size_t e, size_t own, size_t from, size_t count, size_t place,
                             attndyn_real *w) {
    const struct attndyn_transformer_config *c = s->config;
    const uint64_t *position = infer_list_positions(h->list);
    const attndyn_real slope =
        (attndyn_real)attndyn_alibi_slope(c->heads, h->kv_head * h->each + e);
    for (size_t i = 0; i < count; i++) {
        const uint64_t far =
            infer_by_rank(s) ? place - (from + i) : position[own] - position[from + i];
        w[i] -= slope * (attndyn_real)far;
    }
}

/* A query's scores w (keys) become weights but for a factor, 0 where it does not see. */
static attndyn_real weigh(const struct attndyn_inference *s, const struct infer_head *h,
                          const struct block *b, size_t q, size_t e, attndyn_real *w) {
    const struct attndyn_transformer_config *c = s->config;
    const size_t own = b->first + q, to = own + c->self, room = h->list->room;
    const bool full = own >= s->slots;
    const size_t sinks = full ? s->cache.sinks : 0;
    /* the band begins at `band`; the sinks' scores are put before it, over keys that have left */
    const size_t band = full ? own + 1 - (s->slots - sinks) : 0, from = band - sinks;
    memmove(w + from, w, sinks * sizeof *w);
    if (c->position == ATTNDYN_POSITION_ALIBI) {
        less_by_distance(s, h, e, own, 0, sinks, s->slots - 1, w + from);
        less_by_distance(s, h, e, own, band, to - band, own, w + band);
    }
    h->list->pairs += to - from;
    if (e == 0) h->list->read += to - from;
    const attndyn_real top = attndyn_infer_top(c, to - from, w + from, room - from);
    const attndyn_real factor = attndyn_infer_weigh(c, to - from, w + from, room - from, top);
    for (size_t i = to; i < b->keys; i++) w[i] = 0; /* only now: they were scratch */
    memmove(w, w + from, sinks * sizeof *w);
    for (size_t i = sinks; i < band; i++) w[i] = 0;
    return factor;
}

static void serve(const struct attndyn_inference *s, struct infer_head *h, const struct block *b) {
    const struct attndyn_transformer_config *c = s->config;
    const size_t a = c->head_width, room = h->list->room;
    attndyn_real *w = h->weights, factors[INFER_QUERIES];
    for (size_t e = 0; e < h->each; e++) {
        score(s, h, b, e, w);
        for (size_t q = 0; q < b->queries; q++) factors[q] = weigh(s, h, b, q, e, w + q * room);
        infer_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, b->queries, a, b->keys, 1, w, room,
                   infer_list_values(h->list), room, 0, infer_context_of(s, h, b->row, e),
                   c->heads * a);
        for (size_t q = 0; q < b->queries; q++) {
            attndyn_real *to = infer_context_of(s, h, b->row + q, e);
            infer_scaled(a, factors[q], to, to);
        }
    }
}

void attndyn_infer_band(const struct attndyn_inference *s, struct infer_head *h) {
    struct infer_list *list = h->list;
    const size_t end = h->piece->row + h->piece->count;
    for (size_t row = h->piece->row; row < end;) {
        const size_t left = end - row, spare = list->room - list->count,
                     most = spare < s->queries ? spare : s->queries;
        struct block b = {.row = row,
                          .queries = left < most ? left : most,
                          .first = list->count,
                          .sinks = h->band};
        b.keys = b.first + b.queries;
        for (size_t i = 0; i < b.queries; i++) attndyn_infer_enter(s, h, row + i);
        attndyn_infer_show_keys(s, h);
        serve(s, h, &b);
        if (b.keys > s->slots) attndyn_infer_list_leave(list, s->cache.sinks, b.keys - s->slots);
        row += b.queries;
    }
}
