#include "continuation.h"

#include "evaluate.h"

#include <stdint.h>

struct sink {
    struct attndyn_context *ctx;
    struct attndyn_continuation **of; /* the sequence of each segment */
    const size_t *shared;             /* its tokens that were read before */
    size_t outputs;
    attndyn_real *room;
};

/* Token `index` behind the shared ones of a sequence has been read. */
static enum attndyn_status take(void *user, size_t segment, size_t index,
                                const attndyn_real *logits) {
    const struct sink *s = user;
    struct attndyn_continuation *c = s->of[segment];
    uint32_t next = c->tokens[c->lost + s->shared[segment] + index + 1];
    double nll;
    ATTNDYN_TRY(attndyn_logits_nll(s->ctx, s->outputs, logits, next, s->room, &nll));
    c->log_likelihood -= nll;
    c->greedy = c->greedy && attndyn_logits_best(s->outputs, logits) == next;
    return ATTNDYN_OK;
}

/* How many tokens all sequences share at the beginning; it ends at least one token before the first
 * to be scored, so that every sequence has something left to read. */
static size_t shared_by(const struct attndyn_continuation *items, size_t count) {
    const struct attndyn_continuation *a = &items[0];
    size_t shared = SIZE_MAX;
    for (size_t k = 0; k < count; k++) {
        const struct attndyn_continuation *b = &items[k];
        size_t before = b->from > b->lost + 1 ? b->from - b->lost - 1 : 0, i = 0;
        shared = before < shared ? before : shared;
        while (i < shared && a->tokens[a->lost + i] == b->tokens[b->lost + i]) i++;
        shared = i;
    }
    return shared;
}

static size_t lost_by(const struct attndyn_continuation *x, size_t context) {
    return x->count > context + 1 ? x->count - context - 1 : 0;
}

struct attndyn_continuation_rows attndyn_continuation_rows(struct attndyn_continuations *item,
                                                           size_t context) {
    struct attndyn_continuation_rows rows = {0};
    for (size_t k = 0; k < item->count; k++) {
        struct attndyn_continuation *x = &item->sequence[k];
        x->lost = lost_by(x, context);
        if (x->count - x->lost > rows.longest) rows.longest = x->count - x->lost;
    }
    rows.shared = item->count ? shared_by(item->sequence, item->count) : 0;
    for (size_t k = 0; k < item->count; k++) {
        const struct attndyn_continuation *x = &item->sequence[k];
        size_t first = x->from > x->lost ? x->from : x->lost + 1;
        rows.apart += x->count - 1 - x->lost - rows.shared;
        rows.scored += x->count - first;
    }
    return rows;
}

static enum attndyn_status check(struct attndyn_context *ctx, const struct attndyn_continuation *x,
                                 size_t vocabulary) {
    for (size_t i = 0; i < x->count; i++)
        if (x->tokens[i] >= vocabulary)
            return attndyn_fail(ctx, ATTNDYN_USAGE,
                                "token %u is beyond the network's vocabulary of %zu: take the "
                                "tokenizer that belongs to it",
                                (unsigned)x->tokens[i], vocabulary);
    return ATTNDYN_OK;
}

/* Beginnings into the first stream of each item, copies of them into its others, then all the rest
 * at once. */
static enum attndyn_status score(struct attndyn_context *ctx, struct attndyn_inference *inference,
                                 struct attndyn_continuations *items, size_t count, size_t all) {
    const struct attndyn_transformer_config *c = &attndyn_inference_weights(inference)->config;
    struct sink sink = {.ctx = ctx, .outputs = c->outputs};
    struct attndyn_segment *segments;
    size_t *shared, at = 0, n = 0;
    ATTNDYN_ALLOC(ctx, sink.room, c->outputs);
    ATTNDYN_ALLOC(ctx, sink.of, all);
    ATTNDYN_ALLOC(ctx, shared, all);
    ATTNDYN_ALLOC(ctx, segments, all);
    for (size_t i = 0; i < count; at += items[i++].count) {
        if (items[i].count == 0) continue;
        const struct attndyn_continuation *first = &items[i].sequence[0];
        size_t rows = attndyn_continuation_rows(&items[i], c->context).shared;
        for (size_t k = 0; k < items[i].count; k++) shared[at + k] = rows;
        attndyn_inference_reset(inference, at);
        segments[n++] = (struct attndyn_segment){at, first->tokens + first->lost, rows, rows};
    }
    ATTNDYN_TRY(attndyn_inference_feed(ctx, inference, segments, n, NULL, NULL));
    at = 0;
    for (size_t i = 0; i < count; at += items[i++].count)
        for (size_t k = 0; k < items[i].count; k++) {
            struct attndyn_continuation *x = &items[i].sequence[k];
            size_t from = x->lost + shared[at], first = x->from > x->lost ? x->from - 1 : x->lost;
            if (k > 0) attndyn_inference_copy(inference, at, at + k);
            x->log_likelihood = 0;
            x->greedy = true;
            sink.of[at + k] = x;
            segments[at + k] = (struct attndyn_segment){at + k, x->tokens + from,
                                                        x->count - 1 - from, first - from};
        }
    sink.shared = shared;
    return attndyn_inference_feed(ctx, inference, segments, all, take, &sink);
}

enum attndyn_status attndyn_continuations_score(struct attndyn_context *ctx,
                                                struct attndyn_inference *inference,
                                                struct attndyn_continuations *items, size_t count) {
    size_t vocabulary = attndyn_inference_weights(inference)->config.vocabulary, all = 0;
    for (size_t i = 0; i < count; all += items[i++].count)
        for (size_t k = 0; k < items[i].count; k++)
            ATTNDYN_TRY(check(ctx, &items[i].sequence[k], vocabulary));
    uint64_t mark = attndyn_memory_mark(ctx);
    enum attndyn_status status = score(ctx, inference, items, count, all);
    attndyn_memory_release(ctx, mark);
    return status;
}
