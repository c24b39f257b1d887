/* Attention over the lists of kept keys, one (piece of a stream, key-value head) at a time.
 *
 * While nothing leaves, a piece's keys enter at once and its queries see them through a triangle:
 * products for BLAS. From where a list is full tokens go one by one: one key leaves, the token's
 * own enters, its queries look at the list; or, where it is known beforehand which keys leave, by a
 * band (band.c). A list's order is that of the stream, so all are the same sums up to rounding.
 */
#include "../../base/wide.h"
#include "attend_private.h"

#include <string.h>

/* HEADS: key-value heads that a thread takes at once, at most; TOGETHER: rows from which products
 * for BLAS are faster; TOGETHER_MOST: queries at work at once. */
enum { HEADS = 8, TOGETHER = 4, TOGETHER_MOST = 16, WORTH = 1 << 16 };

#ifdef ATTNDYN_DOUBLE
#define vector_rows(s) attndyn_gemv_double
#define vector_columns attndyn_gemv_transposed_double
#else
#define vector_rows(s) (s)->gemv->f32
#define vector_columns attndyn_gemv_transposed
#endif

/* A list's keys are followed by its values, and its room is whole lines: a product over all of the
 * last line needs no tail. */
static size_t whole_lines(size_t n) {
    return (n + 15) / 16 * 16;
}

/* A key's distance from the newest of `seen` keys: in the model's positions. */
static uint64_t distance(const struct attndyn_inference *s, const struct infer_head *h, size_t seen,
                         size_t rank) {
    const uint64_t *position = infer_list_positions(h->list);
    return infer_by_rank(s) ? seen - 1 - rank : position[seen - 1] - position[rank];
}

/* The ranks [*from, *to) that the query sees whose own key is the newest of `seen`. */
static void visible(const struct attndyn_inference *s, const struct infer_head *h, size_t seen,
                    size_t *from, size_t *to) {
    *to = s->config->self ? seen : seen - 1;
    *from = 0;
    while (h->window && *from < *to && distance(s, h, seen, *from) >= h->window) ++*from;
}

/* The scores w of query e of the group, whose own key is the newest of `seen`, of the ranks
 * [from, to); 0 before them. */
static void see(const struct attndyn_inference *s, const struct infer_head *h, size_t seen,
                size_t e, size_t from, size_t to, attndyn_real *w) {
    const struct attndyn_transformer_config *c = s->config;
    h->list->pairs += to - from;
    if (e == 0) h->list->read += to - from;
    for (size_t i = 0; i < from; i++) w[i] = 0;
    if (c->position != ATTNDYN_POSITION_ALIBI) return;
    attndyn_real slope = (attndyn_real)attndyn_alibi_slope(c->heads, h->kv_head * h->each + e);
    for (size_t i = from; i < to; i++) w[i] -= slope * (attndyn_real)distance(s, h, seen, i);
}

/* Scores of one query (those of `seen` keys) into its weights, but for a factor: 0 for those that
 * it does not see. */
static attndyn_real weigh(const struct attndyn_inference *s, const struct infer_head *h,
                          size_t seen, size_t e, attndyn_real *w) {
    const struct attndyn_transformer_config *c = s->config;
    size_t from, to, room = h->list->room;
    visible(s, h, seen, &from, &to);
    see(s, h, seen, e, from, to, w);
    attndyn_real top = attndyn_infer_top(c, to - from, w + from, room - from);
    attndyn_real factor = attndyn_infer_weigh(c, to - from, w + from, room - from, top);
    for (size_t i = to; i < seen; i++) w[i] = 0; /* only now: they were scratch */
    return factor;
}

/* The sums of query q of the block gain factor w, where the policy looks at weights. */
static void sum_up(const struct attndyn_inference *s, struct infer_head *h, size_t q, size_t n,
                   attndyn_real factor, const attndyn_real *w) {
    if (!s->policy->look) return;
    attndyn_real *sums = h->sums + q * h->list->room;
    for (size_t i = 0; i < n; i++) sums[i] += factor * w[i];
}

/* sums: (keys) what the group's heads of one query gave each key. */
static void look(const struct attndyn_inference *s, struct infer_head *h, size_t keys,
                 const attndyn_real *sums) {
    double *score = infer_list_scores(h->list);
    for (size_t i = 0; i < keys; i++) score[i] = s->policy->look(score[i], (double)sums[i]);
}

/* A row's own key enters the head's list; where that is full, another one leaves. */
static void take_in(const struct attndyn_inference *s, struct infer_head *h, size_t row) {
    struct infer_list *list = h->list;
    if (s->policy->evicts && list->count == s->slots) {
        const uint64_t now = h->piece->position + (row - h->piece->row);
        const struct infer_kept kept = {list->count, infer_list_scores(list), &list->random,
                                        infer_list_positions(list),
                                        infer_future(s, h->layer, h->kv_head, now)};
        attndyn_infer_list_leave(list, s->policy->leave(&s->cache, &kept), 1);
    }
    attndyn_infer_enter(s, h, row);
    attndyn_infer_show_keys(s, h);
    for (size_t i = 0; s->policy->look && i < list->count; i++) h->sums[i] = 0;
}

/* One query and its head, on the way from scores to a sum of values. */
struct query {
    struct infer_head *head;
    attndyn_real *w, top, factor; /* w: (room) */
    size_t e, from, to;           /* it sees the ranks [from, to) */
};

static void score(const struct attndyn_inference *s, size_t row, struct query *q) {
    const struct attndyn_transformer_config *c = s->config;
    const struct infer_head *h = q->head;
    const attndyn_real scale = (attndyn_real)c->attention_scale;
    size_t a = c->head_width, n = h->list->count, sinks = s->cache.sinks;
    attndyn_real *x = infer_query_of(s, h, row, q->e);
    infer_scaled(a, scale, x, x);
    vector_columns(whole_lines(n), a, h->keys, h->ld, x, q->w);
    if (infer_sinks_apart(s, h->piece->position + (row - h->piece->row))) {
        x = infer_sink_query_of(s, h, row, q->e);
        infer_scaled(a, scale, x, x);
        vector_columns(whole_lines(sinks), a, h->keys, h->ld, x, h->turned);
        memcpy(q->w, h->turned, sinks * sizeof *q->w);
    }
    visible(s, h, n, &q->from, &q->to);
    see(s, h, n, q->e, q->from, q->to, q->w);
    q->top = attndyn_infer_top(c, q->to - q->from, q->w + q->from, h->list->room - q->from);
}

static void gather(const struct attndyn_inference *s, size_t row, struct query *q) {
    struct infer_head *h = q->head;
    size_t a = s->config->head_width, n = h->list->count;
    attndyn_real *to = infer_context_of(s, h, row, q->e);
    for (size_t i = q->to; i < n; i++) q->w[i] = 0; /* only now: they were scratch */
    vector_rows(s)(a, n, infer_list_values(h->list), h->list->room, q->w, to);
    infer_scaled(a, q->factor, to, to);
    sum_up(s, h, 0, n, q->factor, q->w);
}

/* The rows of a piece, each through all of its heads at once: what one query waits for, the largest
 * score above all, comes while the others are at work. */
static void one_by_one(const struct attndyn_inference *s, struct infer_head *heads, size_t count) {
    const struct attndyn_transformer_config *c = s->config;
    const struct infer_piece *piece = heads->piece;
    const size_t each = heads->each, all = count * each;
    struct query queries[TOGETHER_MOST];
    const size_t most = s->queries < TOGETHER_MOST ? s->queries : TOGETHER_MOST;
    for (size_t row = piece->row; row < piece->row + piece->count; row++) {
        for (size_t i = 0; i < count; i++) take_in(s, &heads[i], row);
        for (size_t first = 0, n; first < all; first += n) {
            n = all - first < most ? all - first : most;
            for (size_t i = 0; i < n; i++) {
                struct infer_head *h = &heads[(first + i) / each];
                queries[i] = (struct query){
                    .head = h, .w = h->weights + i * h->list->room, .e = (first + i) % each};
                score(s, row, &queries[i]);
            }
            for (size_t i = 0; i < n; i++) {
                struct query *q = &queries[i];
                q->factor = attndyn_infer_weigh(c, q->to - q->from, q->w + q->from,
                                                q->head->list->room - q->from, q->top);
            }
            for (size_t i = 0; i < n; i++) gather(s, row, &queries[i]);
        }
        for (size_t i = 0; s->policy->look && i < count; i++)
            look(s, &heads[i], heads[i].list->count, heads[i].sums);
    }
}

/* No key leaves: blocks of queries, each over all keys up to that of the block's last query. */
static void together(const struct attndyn_inference *s, struct infer_head *h) {
    const struct attndyn_transformer_config *c = s->config;
    struct infer_list *list = h->list;
    size_t a = c->head_width, before = list->count, room = list->room;
    size_t ldq = infer_qkv_width(c), ldc = c->heads * a;
    attndyn_real factors[INFER_QUERIES];
    for (size_t i = 0; i < h->piece->count; i++) attndyn_infer_enter(s, h, h->piece->row + i);
    attndyn_infer_show_keys(s, h);
    for (size_t i = 0; i < h->piece->count; i += s->queries) {
        size_t left = h->piece->count - i, n = left < s->queries ? left : s->queries;
        size_t row = h->piece->row + i, keys = before + i + n;
        if (s->policy->look) memset(h->sums, 0, n * room * sizeof *h->sums);
        for (size_t e = 0; e < h->each; e++) {
            attndyn_real *w = h->weights;
            infer_gemm(ATTNDYN_PLAIN, ATTNDYN_PLAIN, n, keys, a, (attndyn_real)c->attention_scale,
                       infer_query_of(s, h, row, e), ldq, h->keys, h->ld, 0, w, room);
            for (size_t q = 0; q < n; q++) {
                size_t seen = before + i + q + 1;
                factors[q] = weigh(s, h, seen, e, w + q * room);
                for (size_t j = seen; j < keys; j++) w[q * room + j] = 0;
                sum_up(s, h, q, seen, factors[q], w + q * room);
            }
            infer_gemm(ATTNDYN_PLAIN, ATTNDYN_TRANSPOSED, n, a, keys, 1, w, room,
                       infer_list_values(list), room, 0, infer_context_of(s, h, row, e), ldc);
            for (size_t q = 0; q < n; q++) {
                attndyn_real *to = infer_context_of(s, h, row + q, e);
                infer_scaled(a, factors[q], to, to);
            }
        }
        for (size_t q = 0; s->policy->look && q < n; q++)
            look(s, h, before + i + q + 1, h->sums + q * room);
    }
}

/* Heads of a piece that one thread takes one behind the other. */
struct batch {
    size_t layer, heads;
};

static void attend(struct attndyn_inference *s, const void *user, size_t i, size_t thread) {
    const struct attndyn_transformer_config *c = s->config;
    const struct batch *b = user;
    size_t G = c->kv_heads, each = (G + b->heads - 1) / b->heads, from = i % each * b->heads;
    size_t count = G - from < b->heads ? G - from : b->heads;
    const struct infer_piece *piece = &s->piece[i / each];
    size_t room = s->list[0].room;
    struct infer_head heads[HEADS];
    for (size_t k = 0; k < count; k++)
        heads[k] = (struct infer_head){
            .piece = piece,
            .list = infer_list_of(s, piece->stream, b->layer, from + k),
            .layer = b->layer,
            .kv_head = from + k,
            .each = c->heads / G,
            .window = attndyn_transformer_window(c, b->layer),
            .weights = s->attention + thread * s->weights_each,
            .sums = s->sums ? s->sums + thread * s->weights_each : NULL,
            .turned = s->half ? s->turned_keys + thread * c->head_width * room : NULL,
            .band = s->band ? s->band + thread * s->band_each : NULL};
    bool fits = !s->policy->evicts || heads->list->count + piece->count <= s->slots;
    if (fits && piece->count >= TOGETHER)
        for (size_t k = 0; k < count; k++) together(s, &heads[k]);
    else if (piece->count >= TOGETHER && attndyn_infer_has_band(s, heads))
        for (size_t k = 0; k < count; k++) attndyn_infer_band(s, &heads[k]);
    else
        one_by_one(s, heads, count);
}

/* Several heads at a time where none of them needs room of its own, and every thread has some. */
static size_t heads_at_once(const struct attndyn_inference *s, bool shared) {
    size_t G = s->config->kv_heads, threads = shared ? s->threads : 1;
    if (infer_keys_turn(s) || s->policy->look || s->pieces >= threads * 2) threads = G;
    size_t n = (G + threads - 1) / threads;
    return n < HEADS ? n : HEADS;
}

/* The scores that a row's keys start with, from their norms before rotation, which adds
 * rounding. */
static void start_row(struct attndyn_inference *s, size_t row) {
    const struct attndyn_transformer_config *c = s->config;
    size_t a = c->head_width;
    for (size_t g = 0; g < c->kv_heads; g++) {
        const attndyn_real *key = s->qkv + row * infer_qkv_width(c) + (c->heads + g) * a;
        double norm2 = 0;
        for (size_t x = 0; x < a; x++) norm2 += (double)key[x] * (double)key[x];
        s->starts[row * c->kv_heads + g] = s->policy->start(norm2);
    }
}

/* A row: its queries, and its keys where they stay as they are then, turn. */
static void turn_row(struct attndyn_inference *s, const void *user, size_t row, size_t thread) {
    const struct attndyn_transformer_config *c = s->config;
    (void)user, (void)thread;
    attndyn_real *qkv = s->qkv + row * infer_qkv_width(c);
    size_t a = c->head_width, heads = c->heads + (infer_keys_turn(s) ? 0 : c->kv_heads);
    if (s->sink_query) {
        attndyn_real *to = s->sink_query + row * c->heads * a;
        const attndyn_real *newest = attndyn_infer_turns_at(s, s->slots - 1, NULL);
        memcpy(to, qkv, c->heads * a * sizeof *to);
        for (size_t h = 0; h < c->heads; h++) attndyn_infer_turn(s, newest, to + h * a);
    }
    for (size_t h = 0; h < heads; h++) attndyn_infer_turn(s, s->row_turns[row], qkv + h * a);
}

void attndyn_infer_attend(struct attndyn_inference *s, size_t layer) {
    const struct attndyn_transformer_config *c = s->config;
    size_t longest = 0;
    for (size_t r = 0; s->policy->start && r < s->rows; r++) start_row(s, r);
    if (s->half)
        attndyn_infer_share(s, s->rows * infer_qkv_width(c) >= WORTH, s->rows, turn_row, NULL);
    for (size_t i = 0; i < s->pieces; i++) {
        size_t n = infer_list_of(s, s->piece[i].stream, layer, 0)->count + s->piece[i].count;
        longest = n > longest ? n : longest;
    }
    bool worth = s->rows * c->heads * c->head_width * longest >= WORTH;
    const struct batch b = {layer, heads_at_once(s, worth)};
    attndyn_infer_share(s, worth, s->pieces * ((c->kv_heads + b.heads - 1) / b.heads), attend, &b);
}
