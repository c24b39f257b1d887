#include "continuation.h"

#include "evaluate.h"

#include <stdint.h>

struct sink {
    struct attndyn_continuation *items;
    size_t shared, outputs;
    attndyn_real *room;
};

/* Token `index` behind the shared ones of an item has been read. */
static enum attndyn_status take(void *user, size_t item, size_t index, const attndyn_real *logits) {
    const struct sink *s = user;
    struct attndyn_continuation *c = &s->items[item];
    uint32_t next = c->tokens[c->lost + s->shared + index + 1];
    c->log_likelihood -= attndyn_logits_nll(s->outputs, logits, next, s->room);
    c->greedy = c->greedy && attndyn_logits_best(s->outputs, logits) == next;
    return ATTNDYN_OK;
}

/* How many tokens all sequences begin with, at least one before the first to be scored: each has
 * then something left to read. */
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

enum attndyn_status attndyn_continuations_score(struct attndyn_context *ctx,
                                                struct attndyn_inference *inference,
                                                struct attndyn_continuation *items, size_t count) {
    const struct attndyn_transformer_config *c = &attndyn_inference_weights(inference)->config;
    struct sink sink = {items, 0, c->outputs, NULL};
    struct attndyn_segment *segments;
    if (count == 0) return ATTNDYN_OK;
    for (size_t k = 0; k < count; k++) {
        struct attndyn_continuation *x = &items[k];
        x->log_likelihood = 0;
        x->greedy = true;
        x->lost = x->count > c->context + 1 ? x->count - c->context - 1 : 0;
        for (size_t i = 0; i < x->count; i++)
            if (x->tokens[i] >= c->vocabulary)
                return attndyn_fail(ctx, ATTNDYN_USAGE,
                                    "token %u is beyond the network's vocabulary of %zu: take the "
                                    "tokenizer that belongs to it",
                                    (unsigned)x->tokens[i], c->vocabulary);
    }
    uint64_t mark = attndyn_memory_mark(ctx);
    ATTNDYN_ALLOC(ctx, sink.room, c->outputs);
    ATTNDYN_ALLOC(ctx, segments, count);
    sink.shared = shared_by(items, count);
    const struct attndyn_segment beginning = {0, items[0].tokens + items[0].lost, sink.shared,
                                              sink.shared};
    attndyn_inference_reset(inference, 0);
    enum attndyn_status status = attndyn_inference_feed(ctx, inference, &beginning, 1, NULL, NULL);
    for (size_t k = 0; k < count && status == ATTNDYN_OK; k++) {
        const struct attndyn_continuation *x = &items[k];
        size_t at = x->lost + sink.shared, first = x->from > x->lost ? x->from - 1 : x->lost;
        if (k > 0) attndyn_inference_copy(inference, 0, k);
        segments[k] = (struct attndyn_segment){k, x->tokens + at, x->count - 1 - at, first - at};
    }
    if (status == ATTNDYN_OK)
        status = attndyn_inference_feed(ctx, inference, segments, count, take, &sink);
    attndyn_memory_release(ctx, mark);
    return status;
}
